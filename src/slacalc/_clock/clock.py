"""The clock of a ticket: events in, the state of every promise at any instant out.

A `Clock` is a value: a policy, a ticket, and the events that happened to it. `Clock.apply` returns
another clock and leaves the first one as it was. It never reads the time of day, opens no file and
starts no timer: the host says what happened and when, asks for the status *as of* an instant, and
learns from `next_change` when to look again. What the state machine makes of the log (`Progress`)
is stored beside it only with a hash, so that the state of another log is not taken for its own.

The module is long because the class is what users see: most of it are the descriptions and examples
of its methods. What they answer is worked out elsewhere: read next `trace`, `ledger` and `audit`.
"""

from __future__ import annotations

import json
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping
from copy import deepcopy
from functools import partial
from itertools import groupby
from operator import attrgetter, itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple

import attrs

from slacalc._clock import stored_state
from slacalc._clock.audit import Proof, facts_of
from slacalc._clock.clauses import field_text
from slacalc._clock.cycles import LIVE
from slacalc._clock.events import (
    CHANGED,
    CREATED,
    Event,
    instant_of,
    plain,
    read_events,
    thawed,
)
from slacalc._clock.ledger import held, ledger_of, time_by
from slacalc._clock.state_machine import Machine
from slacalc._clock.status import (
    BREACHED,
    Change,
    ClockSummary,
    CycleStatus,
    Mark,
    Status,
    change_of,
    changes_of,
    cycle_of,
    hours_of,
    next_of,
    passed_of,
)
from slacalc._clock.trace import Trace, trace_rows
from slacalc._policy.policy import Policy
from slacalc._schema.shapes import FrozenMap
from slacalc._time.instants import DAY, LATEST, to_duration, to_instant, to_utc
from slacalc.errors import (
    ClockError,
    DuplicateEventError,
    EventError,
    LateEventError,
    SlacalcError,
    located,
    unknown_metric,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    import pendulum

    from slacalc._clock.audit import Verification
    from slacalc._clock.evaluation import CycleResult
    from slacalc._clock.ledger import ClockLedger
    from slacalc._clock.state_machine import TicketState
    from slacalc._policy.tickets import Receipt
    from slacalc._time.instants import Zone

FORMAT = 1
KEYS = frozenset(
    {
        "format",
        "policy_name",
        "policy_effective_from",
        "policy_fingerprint",
        "version_fingerprint",
        "policy",
        "state",
        "opened_at",
        "ticket",
        "events",
    }
)
_AHEAD = 400 * DAY  # how far next_change looks for an opening of the calendar


class Progress(NamedTuple):
    """How far a state machine has come with the log of one ticket.

    Args:
        machine: The machine of the policy's version.
        receipt: How the ticket was received.
        state: The state after all events.
        before: The state before the events of the last instant, to which more may be added; None if
            it is not known, since the state was stored.
        settled: How many events led to that state.
        last: The instant of the last event, or of the receipt.
    """

    machine: Machine
    receipt: Receipt
    state: TicketState
    before: TicketState | None
    settled: int
    last: int

    @classmethod
    def of(
        cls, policy: Policy, ticket: Mapping[str, Any], at: int, log: Sequence[Event] = ()
    ) -> Progress:
        """Open a ticket and apply a log that is in order.

        Raises:
            LateEventError: The first event is older than the opening.
        """
        machine = policy.compiled(Machine)
        receipt = machine.matcher.receipt(at)
        if machine.declared is not None:
            for event in log:  # the fields of its creation belong to the ticket as well
                if event.type == CREATED:
                    machine.declared.check_event(event)
        state, _ = machine.open(ticket, receipt, Event(to_utc(at), CREATED))
        if log and instant_of(log[0]) < at:
            raise _late_event_error(log[0], at, at)
        before, settled, count, last = state, 0, 0, at
        for instant, batch in groupby(log, key=instant_of):
            events = tuple(batch)
            before, settled, last = state, count, instant
            machine.check_each(state, receipt, events)
            state, _ = machine.advance(state, receipt, instant, events)
            count += len(events)
        return cls(machine, receipt, state, before, settled, last)

    @property
    def opened(self) -> int:
        """The instant at which the ticket was opened."""
        return self.receipt.instant

    @property
    def zone(self) -> Zone:
        """The zone in which the policy shows instants."""
        return self.machine.matcher.zone


@attrs.frozen(repr=False, eq=False)
class Clock:
    """The clock of one ticket: a policy, the ticket, and what happened to it so far.

    `Policy.open` makes a clock without events, `replay` one from a whole log, and `Clock.from_dict`
    one from its stored form. A clock never changes: `apply` and `insert` return another one. Clocks
    are equal if policy, ticket, opening and events are; they can be pickled.

    Attributes:
        policy: The version of the policy that was in force when the ticket came in.
        ticket: The ticket's attributes as they were given.
        note: Something to know about the way it was opened, such as that it was stored under
            another version of the policy; the empty string if there is nothing.

    Example:
        >>> from slacalc import Event, presets
        >>> policy = presets.load("kingdee-diexun")
        >>> ticket = {"channel": "on-site", "urgency": "standard", "tier": "gold"}
        >>> clock = policy.open(ticket, "2024-09-13T16:00:00+08:00")
        >>> clock = clock.apply(Event("2024-09-14T10:00:00+08:00", "arrived"))
        >>> print(clock.status("2024-09-14T10:00:00+08:00")["arrival"])
        arrival, met, due Sat 2024-09-14 16:00, 3h of 8h used
    """

    __module__ = "slacalc"

    policy: Policy
    ticket: Mapping[str, Any]
    _log: tuple[Event, ...] | str
    """The events; as canonical JSON, as long as nobody needs those that were stored."""
    note: str
    _progress: Progress
    _more: Mapping[str, Any]
    """Keys of a stored clock that this version does not know, kept for versions that do."""

    @property
    def events(self) -> tuple[Event, ...]:
        """What happened, in order."""
        log = self._log
        if isinstance(log, str):
            log = tuple(read_events(json.loads(log)))
            object.__setattr__(self, "_log", log)
        return log

    @property
    def opened_at(self) -> pendulum.DateTime:
        """The instant at which the ticket came in, in the zone of the policy's calendar."""
        return self._progress.zone.datetime(self._progress.opened)

    @property
    def last_event_at(self) -> pendulum.DateTime:
        """The instant of the last event; if there is none, the one at which the ticket came in."""
        return self._progress.zone.datetime(self._progress.last)

    # Events --------------------------------------------------------------------------------------

    def apply(self, event: Event) -> Clock:
        """The clock after one more event; this one stays as it is.

        Args:
            event: What happened, at the instant of the last event or later.

        Raises:
            LateEventError: It is older than the last event; `insert` puts it in its place.
            EventError: Its type looks like a known one misspelled, it sets a field or a value that
                is not among the declared ones of the policy, or it sets a due date by hand and
                lacks what is needed for that.
            TicketError: It sets an attribute to a value that the policy does not know, or a field
                looks like a known one misspelled.
        """
        _check_event(event)
        at = instant_of(event)
        machine, receipt, state, before, settled, last = self._progress
        if at == last and before is None:
            progress = Progress.of(self.policy, self.ticket, receipt.instant, self.events)
            machine, receipt, state, before, settled, last = progress
        if at < last:
            raise _late_event_error(event, last, receipt.instant)
        events = (*self.events, event)
        if before is None or at > last or not self.events:
            before, settled = state, len(self.events)
        # All events of one instant count as one batch, so that of the last instant is run again.
        state, _ = machine.advance(before, receipt, at, events[settled:])
        progress = Progress(machine, receipt, state, before, settled, at)
        return Clock(self.policy, self.ticket, events, self.note, progress, self._more)

    def insert(self, *events: Event, key: str | int = "") -> Clock:
        """The clock with events that come late, or perhaps twice, each in its place in time.

        An event with a key is inserted once: if the log has it already, nothing is inserted, and
        if nothing is left to insert, this same clock is returned. Events that are not older than
        the last one cost what `apply` costs; older ones have the log evaluated again.

        Args:
            events: What happened, in any order. They come after the events of the same instant that
                the clock has already.
            key: The key of the event, if there is one event only, as `Event.with_key` sets it.

        Raises:
            LateEventError: One of them is older than the opening.
            DuplicateEventError: One without a key is in the log already, or is given twice:
                instant, type and fields are equal. Or one with a key differs from the event that
                has this key already.
            EventError, TicketError: As for `apply`; or *key* is given with several events.

        Example:
            >>> from slacalc import Event, Policy
            >>> policy = Policy(
            ...     "desk",
            ...     metrics={"response": {"stop": "replied"}},
            ...     tables={"all": [{"targets": {"response": "2 hours"}}]},
            ... )
            >>> clock = policy.open({}, "2026-05-18T09:00:00Z")
            >>> reply = Event("2026-05-18T09:30:00Z", "replied")
            >>> clock = clock.insert(reply, key="msg-17")
            >>> clock.insert(reply, key="msg-17") is clock
            True
        """
        for event in events:
            _check_event(event)
        if key != "":
            if len(events) != 1:
                msg = (
                    f"key = {key!r} is given with {len(events)} events: it is the key of one; give "
                    "several events their keys by Event.with_key"
                )
                raise EventError(msg, event="", field="key", given=key, suggestions=[])
            events = (events[0].with_key(key),)
        missing = _missing_from(self.events, events)
        if not missing:
            return self
        missing.sort(key=instant_of)
        if instant_of(missing[0]) >= self._progress.last:
            clock = self
            for event in missing:
                clock = clock.apply(event)
            return clock
        log = sorted((*self.events, *missing), key=instant_of)
        return open_clock(
            self.policy, self.ticket, self._progress.opened, log, note=self.note, more=self._more
        )

    def observe(self, at: datetime | str, /, **fields: Any) -> Clock:
        """The clock after an event ``changed`` with those fields that differ from what it knows.

        For hosts that see a ticket as it is now, and not what happened to it: if nothing differs,
        this same clock is returned.

        Args:
            at: The instant at which the ticket was seen. If it is older than the last event, the
                fields are compared with those of that instant, and the event is put in its place.
            **fields: Fields of the ticket, with all values that JSON has; None for a field that it
                does not have. Values are equal if their text is, as in conditions.

        Raises:
            LateEventError: The instant is before the opening.
            EventError, TicketError: As for `apply`.

        Example:
            >>> from slacalc import Policy
            >>> policy = Policy("desk", metrics={"resolution": {"stop": {"status": "solved"}}})
            >>> clock = policy.open({"status": "open"}, "2026-05-18T09:00:00Z")
            >>> clock.observe("2026-05-18T09:20:00Z", status="open") is clock
            True
            >>> clock.observe("2026-05-18T09:40:00Z", status="solved", queue="web").events
            (Event('2026-05-18T09:40:00+00:00', 'changed', status='solved', queue='web'),)
        """
        seen = Event(at, CHANGED, **fields)
        instant = instant_of(seen)
        if instant < self._progress.opened:
            raise _late_event_error(seen, self._progress.opened, self._progress.opened)
        log = [event for event in self.events if instant_of(event) <= instant]
        known = self._progress.machine.ticket_fields(self.ticket, log)
        changed = {
            name: value
            for name, value in seen.fields.items()
            if field_text(value) != field_text(plain(name, known.get(name)))
        }
        if not changed:
            return self
        event = Event(at, CHANGED, **changed)
        beside = [known for known in log if instant_of(known) == instant]
        if event in beside:  # seen before at this very instant, and another value since
            event = event.with_key(f"changed-{to_utc(instant).isoformat()}-{len(beside)}")
        return self.insert(event)

    @property
    def fields(self) -> Mapping[str, Any]:
        """The fields that the ticket has now: its attributes and what events have set since.

        Every event sets its fields, except for those that describe the event itself: ``by``,
        ``reason``, ``metric``, ``due``, ``limit``, ``author``, and fields that only conditions on a
        type of event use. ``changed`` sets these as well. Defaults of the policy are not included.

        Example:
            >>> from slacalc import Event, Policy
            >>> policy = Policy("desk", metrics={"resolution": {"stop": "resolved"}})
            >>> clock = policy.open({"group": "web", "vip": True}, "2026-05-18T09:00:00Z")
            >>> clock = clock.apply(
            ...     Event("2026-05-18T09:20:00Z", "assigned", group="network", by="kim", vip=None)
            ... )
            >>> clock.fields
            {'group': 'network'}
        """
        return FrozenMap(self._progress.machine.ticket_fields(self.ticket, self.events))

    def rejudged(self, policy: Policy) -> Clock:
        """The same ticket and events under another policy, or another version of this one.

        Args:
            policy: If it has versions, the one in force at the receipt counts. A single version, as
                ``policy.version_at(…)`` returns it, counts as it is, whatever its dates.

        Raises:
            TicketError: The ticket does not fit that policy.
        """
        at = self._progress.opened
        version = policy.version_in_force(at) if policy.versions else policy
        return open_clock(version, self.ticket, at, self.events, note=self.note, more=self._more)

    # Status --------------------------------------------------------------------------------------

    def status(self, as_of: datetime | str) -> Status:
        """The state of every promise at an instant.

        Args:
            as_of: The instant. Events after it are ignored, so that the status of an earlier
                instant is the one that the clock had then.

        Raises:
            ClockError: The instant is before the opening.
        """
        at = to_instant(as_of)
        return self._status(self._state_at(at), at)

    def _status(self, state: TicketState, at: int) -> Status:
        """The status of a state."""
        machine = self._progress.machine
        cycles: dict[str, tuple[CycleStatus, ...]] = {}
        for evaluator, metric in zip(machine.evaluators, state.metrics, strict=True):
            statuses, breached = [], False
            for cycle in metric.cycles:
                result = evaluator.evaluate(cycle, at, covered=state.covered)
                statuses.append(
                    CycleStatus(
                        evaluator, cycle, result, metric.pause_reasons, breached_earlier=breached
                    )
                )
                breached = breached or result.breached_at is not None
            cycles[evaluator.name] = tuple(statuses)
        return Status(
            self.policy.name,
            at,
            machine.matcher.zone,
            cycles,
            covered=state.covered,
            coverage_note=state.note,
        )

    def summary(self, now: datetime | str) -> ClockSummary:
        """What people look tickets up by, to be stored in columns of their own.

        Args:
            now: The instant, as in `status`.

        Raises:
            ClockError: The instant is before the opening.

        Example:
            >>> from slacalc import Policy
            >>> policy = Policy(
            ...     "desk",
            ...     metrics={"response": {"stop": "replied"}, "resolution": {"stop": "resolved"}},
            ...     tables={"all": [{"targets": {"response": "1 hour", "resolution": "4 hours"}}]},
            ... )
            >>> clock = policy.open({}, "2026-05-18T09:00:00Z")
            >>> summary = clock.summary("2026-05-18T09:30:00Z")
            >>> summary.metric, str(summary.due), summary.is_breached, str(summary.next_look)
            ('response', '2026-05-18 10:00:00+00:00', False, '2026-05-18 10:00:00+00:00')
        """
        at = to_instant(now)
        state = self._state_at(at)
        current = [*self._status(state, at).values()]
        live = [one for one in current if cycle_of(one).phase in LIVE]
        running = [one for one in live if one.due is not None]
        first = min(running, key=attrgetter("due"), default=None)
        return ClockSummary(
            due=first.due if first else None,
            metric=first.metric if first else "",
            is_breached=any(one.state == "breached" for one in current),
            ever_breached=any(one.ever_breached for one in current),
            next_look=self._next_change(state, at, [next_of(one, at) for one in live]),
        )

    def _state_at(self, at: int) -> TicketState:
        """The state of the ticket at an instant, without the events after it."""
        progress = self._progress
        if at >= progress.last:
            return progress.machine.wake(progress.state, at)
        if at < progress.opened:
            opened, instant = self.opened_at.isoformat(), to_utc(at).isoformat()
            msg = f"{instant} lies before the ticket was opened ({opened})"
            raise ClockError(msg, given=instant)
        log = [event for event in self.events if instant_of(event) <= at]
        state = Progress.of(self.policy, self.ticket, progress.opened, log).state
        return progress.machine.wake(state, at)

    # What comes next -----------------------------------------------------------------------------

    def next_change(
        self, after: datetime | str, *, hours: bool = False
    ) -> pendulum.DateTime | None:
        """The first of the `changes` after an instant, however far ahead it is.

        Args:
            after: The instant to look from.
            hours: Whether the openings and closings of the calendars within the next 400 days count
                as well.

        Returns:
            The instant of a warning or of a due date; the microsecond after a due date or a limit,
            from which on the promise is late or breached; or the instant of the next event, if the
            clock has later ones. None if nothing will change. Set one timer to it.
        """
        at = to_instant(after)
        state = self._state_at(at)
        hours_until = min(at + _AHEAD, LATEST - 1) if hours else at
        coming = [
            min(changes_of(status, at, LATEST, hours_until), default=None, key=_first)
            if hours
            else next_of(status, at)
            for place in range(len(state.metrics))
            for status in self._live_status(place, state, at)
        ]
        return self._next_change(state, at, coming)

    def _next_change(
        self, state: TicketState, at: int, coming: Iterable[tuple[int, Change] | None]
    ) -> pendulum.DateTime | None:
        """The first of what time brings to the metrics, caps on pauses, and the next event."""
        changes = [*filter(None, coming), *self._caps_used_up(state)]
        following = min(changes, key=_first, default=None)
        if at < self._progress.last:
            event = next(filter(at.__lt__, map(instant_of, self.events)))
            if following is None or event < following[0]:
                return self._progress.zone.datetime(event)
        return following[1].at if following else None

    def changes(
        self, start: datetime | str, end: datetime | str, *, hours: bool = False
    ) -> list[Change]:
        """All changes after one instant and up to another, past and to come, in order.

        Between two neighbouring changes, nothing that `status` returns differs, except lengths of
        time and the due dates that would hold if a pause ended. Warnings, due dates and breaches
        that an event brings about stand at the instant of the event, after it.

        Args:
            start: Changes after this instant; not before the opening.
            end: Changes up to this instant, which is included.
            hours: Whether the openings and closings of the calendars count as well.

        Raises:
            ClockError: *start* is before the opening.

        Example:
            >>> from slacalc import Event, Policy
            >>> table = [
            ...     {"when": {"priority": 1}, "targets": {"resolution": "1 hour"}},
            ...     {"targets": {"resolution": "4 hours"}},
            ... ]
            >>> policy = Policy(
            ...     "desk",
            ...     attributes={"priority": [1, 2]},
            ...     metrics={"resolution": {"stop": "resolved"}},
            ...     tables={"all": table},
            ... )
            >>> clock = policy.open({"priority": 2}, "2026-05-18T09:00:00Z")
            >>> clock = clock.apply(Event("2026-05-18T12:00:00Z", "changed", priority=1))
            >>> for change in clock.changes("2026-05-18T09:00:00Z", "2026-05-18T18:00:00Z"):
            ...     print(f"{change.at:%H:%M}", change.kind, change.metric or change.name)
            12:00 event changed
            12:00 due resolution
            12:00 breached resolution
        """
        changes = self._changes(to_instant(start), to_instant(end), hours=hours)
        return [change for _, change in changes]

    def _changes(self, at: int, last: int, *, hours: bool) -> list[tuple[int, Change]]:
        """The changes after one instant and up to another, with their instants.

        A metric is evaluated where an event changes it; until then, time alone brings what comes.
        """
        machine, receipt, zone = self._progress.machine, self._progress.receipt, self._progress.zone
        state = self._state_at(at)
        count = len(state.metrics)
        since = [at] * count
        live = [self._live_status(place, state, at) for place in range(count)]  # as of `since`
        # At one instant: what its caps, its events and then its metrics bring, each in order.
        changes: list[tuple[int, int, Change]] = []
        log = [
            (instant, tuple(batch))
            for instant, batch in groupby(self.events, key=instant_of)
            if at < instant <= last
        ]
        while log or (machine.next_wake(state) or LATEST) <= last:
            instant, batch = log[0] if log else (LATEST, ())
            caps = self._caps_used_up(state)
            if caps and caps[0][0] < instant:
                instant, batch = caps[0][0], ()
            else:
                del log[0]
            changes += [(at, -2, cap) for at, cap in caps if at == instant]
            for event in batch:
                change = Change(at=zone.datetime(instant), kind="event", name=event.type)
                changes.append((instant, -1, change))
            before = state
            state, _ = machine.advance(before, receipt, instant, batch)
            for place in range(count):
                old, new = before.metrics[place], state.metrics[place]
                if old.cycles is not new.cycles or before.covered is not state.covered:
                    first, until = since[place], instant - 1
                    hours_until = until if hours else first
                    for status in live[place]:
                        coming = changes_of(status, first, until, hours_until)
                        changes += [(at, place, change) for at, change in coming]
                    coming, live[place] = self._changes_at(
                        place, before, state, instant, hours=hours
                    )
                    changes += [(at, place, change) for at, change in coming]
                    since[place] = instant
        for place, first in enumerate(since):
            for status in live[place]:
                coming = changes_of(status, first, last, last if hours else first)
                changes += [(at, place, change) for at, change in coming]
        changes.sort(key=_order)
        return [(at, change) for at, _, change in changes]

    def notices(self, since: datetime | str | None, until: datetime | str) -> list[Change]:
        """What somebody is to be notified of, after one instant and up to another, in order.

        These are the `changes` of the kinds ``warning``, ``due``, ``late``, ``limit`` and
        ``breached``, also those that an event brings about. Each has a `Change.key`, and stands
        once in the life of a ticket, at its first instant; so the windows of a host that looks
        again and again add up to one window, and nobody is notified twice.

        An event that comes late may bring notices that lie before the last look. A host that has
        such events asks from the opening on, and sends those whose keys it has not sent yet.

        Args:
            since: Notices after this instant; None for all from the opening on, including what a
                ticket is late for as it comes in.
            until: Notices up to this instant, which is included.

        Example:
            >>> from slacalc import Event, Policy
            >>> policy = Policy(
            ...     "desk",
            ...     metrics={"resolution": {"stop": "resolved"}},
            ...     tables={"all": [{"targets": {"resolution": "4 hours"}}]},
            ...     warnings=[{"at": "75 %", "name": "lead"}],
            ... )
            >>> clock = policy.open({}, "2026-05-18T09:00:00Z")
            >>> for notice in clock.notices(None, "2026-05-18T13:00:01Z"):
            ...     print(f"{notice.at:%H:%M:%S.%f} {notice.key}")
            12:00:00.000000 resolution.1.warning.75 %
            13:00:00.000000 resolution.1.due
            13:00:00.000001 resolution.1.breached
        """
        opened, last = self._progress.opened, to_instant(until)
        after = opened - 1 if since is None else to_instant(since)
        if last < opened:
            return []
        first: dict[str, tuple[int, Change]] = {}
        for at, change in self._at_opening() + self._changes(opened, last, hours=False):
            if change.key:
                first.setdefault(change.key, (at, change))
        return [change for at, change in first.values() if at > after]

    def _at_opening(self) -> list[tuple[int, Change]]:
        """The warnings, due dates and breaches that have come as a ticket comes in."""
        at, changes = self._progress.opened, list[tuple[int, Change]]()
        state = self._state_at(at)
        for evaluator, metric in zip(self._progress.machine.evaluators, state.metrics, strict=True):
            for cycle in metric.cycles:
                result = evaluator.evaluate(cycle, at, covered=state.covered)
                status = CycleStatus(evaluator, cycle, result, metric.pause_reasons)
                changes += [(at, change_of(status, at, mark)) for mark in _marks_of(status, result)]
        return changes

    def _live_status(self, place: int, state: TicketState, at: int) -> list[CycleStatus]:
        """The status of the current cycle of a metric, if it has not ended."""
        evaluator, metric = self._progress.machine.evaluators[place], state.metrics[place]
        cycle = metric.cycles[-1]
        # Cycles that have ended bring nothing, but what has no status has no next change.
        if len(metric.cycles) > 1:
            evaluator.check_earlier(metric.cycles, at, covered=state.covered)
        result = evaluator.evaluate(cycle, at, covered=state.covered)
        if cycle.phase not in LIVE:
            return []
        return [CycleStatus(evaluator, cycle, result, metric.pause_reasons)]

    def _caps_used_up(self, state: TicketState) -> list[tuple[int, Change]]:
        """When the caps on the pauses that last now will be used up, in order."""
        changes: list[tuple[int, Change]] = []
        if self._progress.machine.next_wake(state) is None:
            return changes
        for evaluator, metric in zip(self._progress.machine.evaluators, state.metrics, strict=True):
            end, cycle = metric.use.until, metric.cycles[-1]
            if end is not None:
                result = evaluator.evaluate(cycle, end, covered=state.covered)
                status = CycleStatus(evaluator, cycle, result, metric.pause_reasons)
                changes.append((end, change_of(status, end, Mark("cap", metric.pause_reason))))
        return sorted(changes, key=_first)

    def _changes_at(
        self, place: int, before: TicketState, after: TicketState, at: int, *, hours: bool
    ) -> tuple[list[tuple[int, Change]], list[CycleStatus]]:
        """The changes of one metric at the instant of events, caused by them or by time.

        And the status of its current cycle after them, if it has not ended.
        """
        changes: list[tuple[int, Change]] = []
        evaluator, old, new = (
            self._progress.machine.evaluators[place],
            before.metrics[place],
            after.metrics[place],
        )
        for turn, cycle in enumerate(new.cycles[len(old.cycles) - 1 :]):
            result = evaluator.evaluate(cycle, at, covered=after.covered)
            status = CycleStatus(evaluator, cycle, result, new.pause_reasons)
            come = _marks_of(status, result)
            if come and not turn:  # the others are new
                known = evaluator.evaluate(old.cycles[-1], at - 1, covered=before.covered)
                was = CycleStatus(evaluator, old.cycles[-1], known, old.pause_reasons)
                come = _marks_of(status, result, was_breached=known.breached_at is not None)
                for mark in passed_of(was):
                    if mark in come:
                        come.remove(mark)
            changes += [(at, change_of(status, at, mark)) for mark in come]
            if hours and cycle.phase in LIVE:
                changes += hours_of(status, at - 1, at)
        return changes, [status] if cycle.phase in LIVE else []

    # Audit ---------------------------------------------------------------------------------------

    def ledger(
        self, metric: str = "", as_of: datetime | str | None = None, *, language: str = "en"
    ) -> ClockLedger:
        """An account of every second of a metric, from the opening of the ticket on.

        Args:
            metric: The metric. Default: the last one of the policy.
            as_of: The end of the account. Default: the last event.
            language: The language of the account, such as ``"en"`` or ``"zh"``.

        Raises:
            UnknownMetricError: The policy has no such metric.
            ClockError: *as_of* is before the opening.
        """
        at, state, place = self._metric_at(metric, as_of)
        evaluator, opened = self._progress.machine.evaluators[place], self._progress.opened
        return ledger_of(
            evaluator, state.metrics[place], opened, at, covered=state.covered, language=language
        )

    def trace(
        self,
        metric: str = "",
        as_of: datetime | str | None = None,
        *,
        everything: bool = False,
        language: str = "en",
    ) -> Trace:
        """Each event beside the conditions of a metric: which held, what it did, or why not.

        The answer to "why did it not start, why did it not pause?". The events run through the
        state machine again, which records what it does.

        Args:
            metric: The metric. Default: all.
            as_of: Events up to this instant. Default: the last event.
            everything: Whether to list conditions as well that the event is not about and that
                could not have done anything, such as a stop of a metric that has not started.
            language: The language of the words, such as ``"en"`` or ``"zh"``.

        Raises:
            UnknownMetricError: The policy has no such metric.
            ClockError: *as_of* is before the opening.

        Example:
            >>> from slacalc import Event, Policy
            >>> policy = Policy(
            ...     "desk",
            ...     metrics={"response": {"stop": {"event": "replied", "by": "agent"}}},
            ...     tables={"all": [{"targets": {"response": "2 hours"}}]},
            ... )
            >>> clock = policy.open({}, "2026-05-18T09:00:00Z")
            >>> clock = clock.apply(Event("2026-05-18T09:30:00Z", "replied", by="customer"))
            >>> clock = clock.apply(Event("2026-05-18T09:40:00Z", "replied", by="agent"))
            >>> print(clock.trace())
            Mon 2026-05-18 09:00  created
              response  start  created                   yes  began
            Mon 2026-05-18 09:30  replied
              response  stop   replied with by is agent  no   by is customer, not agent
            Mon 2026-05-18 09:40  replied
              response  stop   replied with by is agent  yes  stopped
        """
        at, _, _ = self._metric_at(metric, as_of)
        make = partial(
            trace_rows,
            self.policy,
            self.ticket,
            self.events,
            opened=self._progress.opened,
            until=at,
            metric=metric,
            everything=everything,
        )
        return Trace(self.policy.name, make, language)

    def time_by(
        self, field: str, metric: str = "", as_of: datetime | str | None = None
    ) -> dict[str, pendulum.Duration]:
        """How much of the time that counted passed while a field had each of its values.

        Args:
            field: A field such as ``"group"`` or ``"assignee"``; every event that has it sets it.
            metric: The metric whose time is counted. Default: the last one of the policy.
            as_of: The end of the time that is counted. Default: the last event.

        Returns:
            The time by value, with the empty string for the time without a value. The times add up
            to what elapsed.

        Raises:
            UnknownMetricError: The policy has no such metric.
            ClockError: *as_of* is before the opening.
        """
        at, state, place = self._metric_at(metric, as_of)
        first, opened = self.ticket.get(field), self._progress.opened
        stretches = held(self.events, field, first, opened, at)
        evaluator = self._progress.machine.evaluators[place]
        totals = time_by(evaluator, state.metrics[place], stretches, at, covered=state.covered)
        return {name: to_duration(length) for name, length in totals.items()}

    def _metric_at(self, metric: str, as_of: datetime | str | None) -> tuple[int, TicketState, int]:
        """The instant, the state at it, and the place of a metric, each with its default."""
        at = self._progress.last if as_of is None else to_instant(as_of)
        names = [evaluator.name for evaluator in self._progress.machine.evaluators]
        if metric and metric not in names:
            raise unknown_metric(metric, names, self.policy.name)
        return at, self._state_at(at), names.index(metric) if metric else len(names) - 1

    def proof(self, as_of: datetime | str | None = None) -> Proof:
        """The answers at an instant, with fingerprints of everything they were computed from.

        Args:
            as_of: The instant. Default: the last event.

        `verify` says later whether the answers still hold, and if they do not, what changed.
        """
        return self._proof(self._progress.last if as_of is None else to_instant(as_of))

    def _proof(self, at: int, until: int = 0) -> Proof:
        """A proof that covers the calendars up to an instant. Default: up to the last due date."""
        answers = tuple(self.status(to_utc(at)).to_dicts())
        dues = (to_instant(answer["due"]) for answer in answers if answer["due"])
        facts = facts_of(
            self.policy,
            opened=self._progress.opened,
            ticket=_stored_ticket(self.ticket),
            events=[event.to_dict() for event in self.events if instant_of(event) <= at],
            until=until or max([at, *dues]),
        )
        return Proof(facts=facts, answers=answers, as_of=to_utc(at).isoformat())

    def verify(self, proof: Proof) -> Verification:
        """Compute the answers of a proof again, and compare them and what they are made of.

        Args:
            proof: A proof of this ticket, from `proof`.
        """
        until = to_instant(proof.facts["calendars_until"])
        now = self._proof(to_instant(proof.as_of), until)
        of_policy = proof.facts.get("policy")
        if isinstance(of_policy, Mapping) and self.policy.is_known_as(
            str(of_policy.get("fingerprint"))
        ):
            now.facts["policy"]["fingerprint"] = of_policy["fingerprint"]  # one from before counts
        return proof.compared(now)

    # Storing -------------------------------------------------------------------------------------

    def to_dict(self, *, embed_policy: bool = True, state: bool = True) -> dict[str, Any]:
        """The clock as plain data, ready for JSON: policy, ticket, events and state.

        Args:
            embed_policy: Whether to include the version of the policy. Without it, the data contain
                its name and fingerprint only, and `from_dict` needs the policy as an argument.
            state: Whether to include what the log has led to, so that `from_dict` need not evaluate
                it again. A clock without events has no such state.
        """
        policy = self.policy
        ticket, events = _stored_ticket(self.ticket), self._stored_events()
        data: dict[str, Any] = {
            "format": FORMAT,
            "policy_name": policy.name,
            "policy_effective_from": policy.effective_from and str(policy.effective_from),
            "policy_fingerprint": policy.document_fingerprint,
            "opened_at": self.opened_at.isoformat(),
            "ticket": ticket,
            "events": events,
        }
        stored = self._stored_state(ticket, events) if state and events else None
        if stored is not None:
            data["state"] = stored
        if policy.document_fingerprint != policy.fingerprint:
            data["version_fingerprint"] = policy.fingerprint
        if embed_policy:
            data["policy"] = policy.to_dict()
        return data | {name: value for name, value in self._more.items() if name not in data}

    def _stored_events(self) -> list[dict[str, Any]]:
        """The events as plain data."""
        log = self._log
        if isinstance(log, str):
            events: list[dict[str, Any]] = json.loads(log)
            return events
        return [event.to_dict() for event in log]

    def _stored_state(
        self, ticket: dict[str, Any], events: list[dict[str, Any]]
    ) -> dict[str, Any] | None:
        """The state as plain data, with its hash; None if it cannot be stored."""
        machine, receipt, state, _, _, last = self._progress
        body = stored_state.pack(
            machine, receipt, state, last, ticket=self.ticket, events=self.events
        )
        if body is None:
            return None
        log = self._log if isinstance(self._log, str) else stored_state.canonical(events)
        fingerprint = self.policy.fingerprint
        return {
            "hash": stored_state.digest(fingerprint, receipt.instant, ticket, log, body),
            "data": body,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any], policy: Policy | None = None) -> Clock:
        """The clock that plain data describe, as `to_dict` returns them.

        Args:
            data: The data. Unknown keys are kept, and stored again by `to_dict`.
            policy: The policy of today. If its version at the receipt is not the one that the clock
                was stored under, the stored version counts if the data contain it, else this one;
                `Clock.note` says so in both cases. Use `rejudged` to evaluate the ticket under the
                policy of today on purpose.

        The stored state is used if it is of this log, this version of the policy and this release
        of slacalc; otherwise the log is evaluated again.

        Raises:
            ClockError: The data are not a stored clock, are of a later format, or contain no policy
                while none is given.
        """
        _refuse_foreign(data)
        at = to_instant(data["opened_at"])
        embedded, note = data.get("policy"), ""
        fingerprint = str(data.get("version_fingerprint", data.get("policy_fingerprint", "")))
        if policy is not None:
            version = policy.version_in_force(at) if policy.versions else policy
            if not version.is_known_as(fingerprint):
                stored = _policy_text(data)
                if embedded is None:
                    note = f"stored under {stored}, evaluated under the given policy, which differs"
                else:
                    version = _embedded_policy(data)
                    note = f"evaluated as stored, under {stored}; the given policy differs"
        elif embedded is None:
            msg = f"the clock was stored without its policy, {_policy_text(data)}: give it"
            raise ClockError(msg, given=data.get("policy_fingerprint"))
        else:
            version = _embedded_policy(data)
            if fingerprint and not version.is_known_as(fingerprint):
                stored = _policy_text(data)
                note = f"the policy in the data is not the one it was stored under, {stored}"
        more = FrozenMap({name: data[name] for name in data if name not in KEYS})
        if "state" in data:
            clock = _from_state(version, data, at, note, more)
            if clock is not None:
                return clock
        with located("events"):
            log = sorted(read_events(data["events"]), key=instant_of)
        return open_clock(version, data["ticket"], at, log, note=note, more=more)

    @staticmethod
    def json_schema() -> dict[str, Any]:
        """The JSON Schema of a stored clock."""
        from slacalc._clock.json_schemas import SCHEMAS  # noqa: PLC0415 - rarely needed

        return deepcopy(SCHEMAS["Clock"])

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self).from_dict, (self.to_dict(),)

    # As a value ----------------------------------------------------------------------------------

    def __eq__(self, other: object) -> bool:
        return _value(self) == _value(other) if isinstance(other, Clock) else NotImplemented

    def __hash__(self) -> int:
        return hash((self.policy.name, self._progress.opened, self.events))

    def to_html(self, as_of: datetime | str | None = None, *, language: str = "en") -> str:
        """The clock as HTML: the life of the ticket as bars over time, and a table of its status.

        Notebooks show a clock this way by themselves.

        Args:
            as_of: The instant to show it at. Default: the last event, as in `ledger`.
            language: The language of all words but the policy's own, such as ``"en"`` or ``"zh"``.

        Returns:
            HTML with inline SVG, without scripts, ids and addresses, for light and dark pages.

        Raises:
            ClockError: The instant is before the opening.
        """
        from slacalc._html.clock import clock_html  # noqa: PLC0415 - not needed until it is shown

        at = self._progress.last if as_of is None else to_instant(as_of)
        return clock_html(self, at, is_last=as_of is None, language=language)

    def _repr_html_(self) -> str:
        return self.to_html()

    def __repr__(self) -> str:
        count = len(self.events)
        events = "1 event" if count == 1 else f"{count} events"
        return f"<Clock of {self.policy.name}, opened {self.opened_at.isoformat()}, {events}>"


progress_of: Callable[[Clock], Progress] = attrgetter("_progress")
"""What the state machine has made of a clock's log."""
_first = itemgetter(0)
_key_of = attrgetter("key")
_order = itemgetter(0, 1)


def _marks_of(
    status: CycleStatus, result: CycleResult, *, was_breached: bool = False
) -> list[Mark]:
    """What of a cycle has come by an instant.

    An earlier promise of the cycle may be breached at this very instant, and hold no longer; that
    counts as well unless the cycle *was breached* before.
    """
    marks = passed_of(status)
    if result.breached_at is not None and not was_breached and BREACHED not in marks:
        marks.append(BREACHED)
    return marks


def check_clock(value: object, what: str = "clock") -> None:
    """Raise `ClockError` for an argument that is not a clock."""
    if not isinstance(value, Clock):
        how = "give a slacalc.Clock, as Policy.open makes one"
        raise ClockError(f"{what}: {value!r} is not a clock: {how}", given=value)


def _value(clock: Clock) -> tuple[Any, ...]:
    """What makes clocks equal; the ticket as it is stored, so that a clock read back is equal."""
    ticket = {name: _as_stored(name, value) for name, value in clock.ticket.items()}
    return clock.policy, progress_of(clock).opened, ticket, clock.events


def _as_stored(name: str, value: Any) -> Any:
    try:
        return plain(name, value)
    except EventError:  # which `to_dict` raises
        return value


def open_clock(
    policy: Policy,
    ticket: Mapping[str, Any],
    at: int,
    log: Sequence[Event] = (),
    *,
    note: str = "",
    more: Mapping[str, Any] = FrozenMap(),
) -> Clock:
    """The clock of a ticket under one version of a policy.

    Args:
        policy: The version.
        ticket: The attributes.
        at: The instant at which the ticket came in.
        log: Its events, in order.
        note: The note of the clock.
        more: Unknown keys of its stored form.
    """
    progress = Progress.of(policy, ticket, at, log)
    return Clock(policy, FrozenMap(ticket), tuple(log), note, progress, more)


def _late_event_error(event: Event, last: int, opened: int) -> LateEventError:
    """The error of an event that is older than the last one, or than the opening."""
    msg = (
        f"{event.type} at {event.at.isoformat()} is older than what the clock knows last "
        f"({to_utc(last).isoformat()}): put it in its place with insert"
    )
    if instant_of(event) < opened:
        msg = (
            f"{event.type} at {event.at.isoformat()} came before the ticket was opened "
            f"({to_utc(opened).isoformat()})"
        )
    return LateEventError(
        msg,
        event=event.type,
        given=event,
        at=event.at.isoformat(),
        last=to_utc(last).isoformat(),
        suggestions=[],
    )


def _check_event(event: object) -> None:
    """Raise `EventError` for an argument that is not an event."""
    if not isinstance(event, Event):
        cure = "give an Event, as Event('2026-06-01T09:00Z', 'replied')"
        msg = f"{event!r} is not an event: {cure}"
        raise EventError(msg, event="", given=event)


def _without_repeats(events: Iterable[Event], known: Iterable[Event] = ()) -> list[Event]:
    """Events without those whose key an earlier one has.

    Args:
        events: The events.
        known: Events that come before all of them.

    Raises:
        DuplicateEventError: The two differ.
    """
    by_key = {event.key: event for event in known if event.key}
    kept = []
    for event in events:
        if event.key in by_key:
            if event != by_key[event.key]:
                raise _other_event(event, by_key[event.key])
            continue
        kept.append(event)
        if event.key:
            by_key[event.key] = event
    return kept


def _missing_from(log: tuple[Event, ...], events: tuple[Event, ...]) -> list[Event]:
    """Those of some events that a log in order does not have yet.

    Raises:
        DuplicateEventError: An event without a key is there already, or one with a key differs from
            the one that has this key.
    """
    last = instant_of(log[-1]) if log else 0
    missing = _without_repeats(events, log) if any(map(_key_of, events)) else [*events]
    new = set[Event]()
    for event in missing:
        at = instant_of(event)
        if event in new:
            raise _duplicate(event)
        new.add(event)
        if log and at <= last:
            first = bisect_left(log, at, key=instant_of)
            if event in log[first : bisect_right(log, at, first, key=instant_of)]:
                raise _duplicate(event)
    return missing


def _other_event(event: Event, known: Event) -> DuplicateEventError:
    """The error of an event whose key another one has."""
    msg = (
        f"{event.type} at {event.at.isoformat()} has the key {event.key!r} of another event, "
        f"{known.type} at {known.at.isoformat()}"
    )
    msg += " with other fields" if (known.type, known.at) == (event.type, event.at) else ""
    msg += ": give each event a key of its own"
    return DuplicateEventError(msg, event=event.type, given=event, suggestions=[])


def _duplicate(event: Event) -> DuplicateEventError:
    """The error of an event that a log has already."""
    msg = (
        f"{event.type} at {event.at.isoformat()} is in the log already, with the same fields: "
        "leave it out, or if it is another one, give it a key such as the id of its message"
    )
    return DuplicateEventError(msg, event=event.type, given=event, suggestions=[])


# The stored form ---------------------------------------------------------------------------------


def _policy_text(data: Mapping[str, Any]) -> str:
    """The policy that a clock was stored under, for messages."""
    since = data.get("policy_effective_from")
    version = f"version of {since}, " if since else ""
    fingerprint = str(data.get("version_fingerprint", data.get("policy_fingerprint")))[:8]
    return f"{data.get('policy_name')} ({version}fingerprint {fingerprint})"


def _embedded_policy(data: Mapping[str, Any]) -> Policy:
    """The version of a policy that a stored clock contains."""
    version = Policy.from_dict(data["policy"])
    if "version_fingerprint" in data:
        version.set_document_fingerprint(str(data.get("policy_fingerprint")))
    return version


def _refuse_foreign(data: Any) -> None:
    """Raise `ClockError` if data are not a stored clock that this version can read."""
    needed = ("format", "opened_at", "ticket", "events")
    if not isinstance(data, Mapping) or not all(name in data for name in needed):
        msg = f"this is not a stored clock: it needs {', '.join(needed)}"
        raise ClockError(msg, given=data)
    if type(data["format"]) is not int or not 0 < data["format"] <= FORMAT:
        msg = (
            f"the clock was stored in format {data['format']!r}, and this version of slacalc reads "
            f"formats up to {FORMAT}: use a later one"
        )
        raise ClockError(msg, given=data["format"])
    if not isinstance(data["ticket"], Mapping) or not isinstance(data["events"], list | tuple):
        msg = "this is not a stored clock: its ticket must be a table, and its events a list"
        raise ClockError(msg, given=data)


def _from_state(
    policy: Policy, data: Mapping[str, Any], at: int, note: str, more: Mapping[str, Any]
) -> Clock | None:
    """The clock of a stored state; None if the state is not that of the log and the policy."""
    ticket, stored = data["ticket"], data["state"]
    if not isinstance(stored, Mapping) or not data["events"]:
        return None
    try:
        log, body = stored_state.canonical(data["events"]), stored["data"]
        if stored["hash"] != stored_state.digest(policy.fingerprint, at, ticket, log, body):
            return None
        machine = policy.compiled(Machine)
        receipt = machine.matcher.receipt(at)
        state, last = stored_state.unpack(machine, receipt, body)
    except (SlacalcError, LookupError, TypeError, ValueError):  # which a replay reports
        return None
    progress = Progress(machine, receipt, state, None, 0, last)
    return Clock(policy, FrozenMap(ticket), log, note, progress, more)


def _stored_ticket(ticket: Mapping[str, Any]) -> dict[str, Any]:
    """The attributes of a ticket as JSON has them."""
    return {name: thawed(plain(name, value)) for name, value in ticket.items()}


# A whole log -------------------------------------------------------------------------------------


def replay(
    policy: Policy,
    ticket: Mapping[str, Any],
    events: Iterable[Event | Mapping[str, Any]],
    at: datetime | str | None = None,
) -> Clock:
    """The clock of a ticket after a whole log, in whatever order it arrives.

    Args:
        policy: The policy; its version in force at the receipt counts.
        ticket: The ticket's attributes when it came in.
        events: What happened: `Event` objects, or plain data as `Event.to_dict` returns them. They
            are sorted by their instants; those of one instant keep their order. Of several with
            one key the first one counts, and without keys, equal ones have the effect of one.
        at: The instant at which the ticket came in. Default: that of the ``created`` event, whose
            fields then belong to the ticket as well. If there is no such event either, the ticket
            comes in at the first event with the attributes of *ticket* alone; the fields of that
            event are a change, made at the same instant but after the opening.

    Raises:
        ClockError: There is neither an event nor an instant to open the clock at.
        LateEventError: An event is older than the opening.
        DuplicateEventError: Events with one key differ.
        EventError, TicketError: An event, or the ticket, does not fit the policy.

    Example:
        >>> from slacalc import Event, presets, replay
        >>> ticket = {"channel": "on-site", "urgency": "standard", "tier": "gold"}
        >>> log = [
        ...     Event("2024-09-14T10:00:00+08:00", "arrived"),
        ...     Event("2024-09-13T16:00:00+08:00", "created"),
        ... ]
        >>> clock = replay(presets.load("kingdee-diexun"), ticket, log)
        >>> clock.status("2024-09-20T00:00:00+08:00")["arrival"].state
        'met'
    """
    log = read_events(events)
    if any(map(_key_of, log)):
        log = _without_repeats(log)
    log.sort(key=instant_of)
    if at is not None:
        opened = to_instant(at)
    elif not log:
        msg = "there is no event, and no instant to open the clock at: give at="
        raise ClockError(msg)
    else:
        created = next((event for event in log if event.type == CREATED), None)
        opened = instant_of(created or log[0])
        if created is not None:
            ticket = {**ticket, **created.fields}
        else:
            # A misspelled creation is the reason if the ticket lacks fields.
            policy = policy.version_in_force(opened)
            policy.compiled(Machine).check_types(log)
    return open_clock(policy.version_in_force(opened), ticket, opened, log)
