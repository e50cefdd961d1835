"""The clock of a ticket: events in, the state of every promise out, at any instant.

A `Clock` is a value: a policy, a ticket, and the events that happened to it. `Clock.apply` gives
another one and leaves the first as it was. It reads no wall clock, opens no file and starts no
timer: the host says what happened and when, asks how things stand *as of* an instant, and learns
when to look next. The log is all that is kept; what the machine made of it is worked out again from
there whenever a clock is opened.
"""

from __future__ import annotations

from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import attrs

from slacalc._clock.audit import Proof, facts_of
from slacalc._clock.cycles import LIVE
from slacalc._clock.events import CREATED, Event, read_events
from slacalc._clock.ledger import held, ledger_of, time_by
from slacalc._clock.state_machine import Machine
from slacalc._clock.status import Change, CycleStatus, Status, unknown_metric
from slacalc._clock.stored import FORMAT, KEYS, policy_text, refuse_foreign, stored_ticket
from slacalc._policy.policy import Policy
from slacalc._schema.shapes import FrozenMap
from slacalc._time.instants import DAY, LATEST, to_duration, to_instant, to_utc
from slacalc.errors import ClockError, EventError, LateEventError, located

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    import pendulum

    from slacalc._clock.audit import Verification
    from slacalc._clock.ledger import ClockLedger
    from slacalc._clock.state_machine import State
    from slacalc._policy.matching import Receipt

_AHEAD = 400 * DAY  # how far next_change looks for an opening
_instant_of = attrgetter("_instant")


@attrs.frozen(repr=False, eq=False)
class Clock:
    """The clock of one ticket, as events made it.

    `Policy.open` makes one, and `replay` makes one from a whole log.

    Attributes:
        policy: The version of the policy that was in force when the ticket came in.
        ticket: The ticket's attributes as they were given.
        events: What happened, in order.
        note: What is to be known of how it was opened, such as that it was stored under another
            version of the policy; else the empty string.

    Example:
        >>> from slacalc import Event, presets
        >>> policy = presets.load("kingdee-diexun")
        >>> ticket = {"channel": "on-site", "urgency": "standard", "tier": "gold"}
        >>> clock = policy.open(ticket, "2024-09-13T16:00:00+08:00")
        >>> clock = clock.apply(Event("2024-09-14T10:00:00+08:00", "arrived"))
        >>> print(clock.status("2024-09-14T10:00:00+08:00")["arrival"])
        arrival, met, due Sat 2024-09-14 16:00, 3h of 8h used
    """

    policy: Policy
    ticket: Mapping[str, Any]
    events: tuple[Event, ...]
    note: str
    _receipt: Receipt
    _machine: Machine
    _state: State
    _before: State
    """The state before the events of the last instant, which may get more of them."""
    _settled: int
    """How many events belong to that state."""
    _more: Mapping[str, Any]

    # Opening -------------------------------------------------------------------------------------

    @classmethod
    def _open(
        cls,
        policy: Policy,
        ticket: Mapping[str, Any],
        at: int,
        *,
        note: str = "",
        more: Mapping[str, Any] = FrozenMap(),
    ) -> Clock:
        machine = policy.compiled(Machine)
        receipt = machine.matcher.receipt(at)
        state = machine.opened(ticket, receipt, Event(to_utc(at), CREATED))
        frozen = FrozenMap(ticket)
        return cls(policy, frozen, (), note, receipt, machine, state, state, 0, more)

    @property
    def opened_at(self) -> pendulum.DateTime:
        """When the ticket came in, in the zone of the policy's calendar."""
        return self._machine.matcher.zone.datetime(self._receipt.instant)

    @property
    def last_event_at(self) -> pendulum.DateTime:
        """When the last event happened; where there is none, when the ticket came in."""
        return self._machine.matcher.zone.datetime(self._last)

    @property
    def _last(self) -> int:
        return self.events[-1]._instant if self.events else self._receipt.instant

    # Events --------------------------------------------------------------------------------------

    def apply(self, event: Event) -> Clock:
        """The clock after one more event; this one stays as it is.

        Args:
            event: What happened, not before the last event.

        Raises:
            LateEventError: It is older than the last event; `insert` puts it in its place.
            EventError: Its type seems misspelled, or it says what the policy cannot read.
            TicketError: It sets an attribute to a value that the policy does not know.
        """
        if not isinstance(event, Event):
            msg = f"{event!r} is no event: give an Event, as Event('2026-06-01T09:00Z', 'replied')"
            raise EventError(msg, event="", given=event)
        at, last = event._instant, self._last
        if at < last:
            raise self._late(event, last)
        events = (*self.events, event)
        before, settled = self._before, self._settled
        if at > last or not self.events:
            before, settled = self._state, len(self.events)
        state = self._machine.advanced(before, self._receipt, at, events[settled:])
        return attrs.evolve(self, events=events, state=state, before=before, settled=settled)

    def insert(self, *events: Event) -> Clock:
        """The clock with events that came to light late, each in its place in time.

        Args:
            events: What happened, in any order; after those of the same instant that are known.

        Raises:
            LateEventError: One is older than the opening.
        """
        log = sorted((*self.events, *events), key=_instant_of)
        return self._rewound()._folded(log)

    def _late(self, event: Event, last: int) -> LateEventError:
        msg = (
            f"{event.type} at {event.at.isoformat()} is older than what the clock knows last "
            f"({to_utc(last).isoformat()}): put it in its place with insert"
        )
        if event._instant < self._receipt.instant:
            msg = (
                f"{event.type} at {event.at.isoformat()} came before the ticket was opened "
                f"({to_utc(self._receipt.instant).isoformat()})"
            )
        return LateEventError(
            msg,
            event=event.type,
            given=event,
            at=event.at.isoformat(),
            last=to_utc(last).isoformat(),
            suggestions=[],
        )

    def _rewound(self) -> Clock:
        """The clock as it was opened."""
        return type(self)._open(
            self.policy, self.ticket, self._receipt.instant, note=self.note, more=self._more
        )

    def _folded(self, log: Sequence[Event]) -> Clock:
        """The clock, which has no events yet, after a log that is in order."""
        if not log:
            return self
        if log[0]._instant < self._receipt.instant:
            raise self._late(log[0], self._receipt.instant)
        machine, receipt = self._machine, self._receipt
        before, state, settled, place = self._state, self._state, 0, 0
        for at, batch in groupby(log, key=_instant_of):
            events = tuple(batch)
            before, settled = state, place
            state = machine.advanced(state, receipt, at, events)
            place += len(events)
        return attrs.evolve(self, events=tuple(log), state=state, before=before, settled=settled)

    def rejudged(self, policy: Policy) -> Clock:
        """The same ticket and events under another policy, or another version of this one.

        Args:
            policy: With versions, the one in force at the receipt counts; without, it counts as it
                stands, whatever its dates: ``policy.version_at(…)`` gives one.

        Raises:
            TicketError: The ticket does not fit it.
        """
        at = self._receipt.instant
        version = policy.version_in_force(at) if policy.versions else policy
        clock = type(self)._open(version, self.ticket, at, note=self.note, more=self._more)
        return clock._folded(self.events)

    # Status --------------------------------------------------------------------------------------

    def status(self, as_of: datetime | str) -> Status:
        """Where every promise stands at an instant.

        Args:
            as_of: The instant; before the last event, the status is the one of that time, when
                later events had not happened yet.

        Raises:
            ClockError: It lies before the opening.
        """
        at = to_instant(as_of)
        state = self._state if at >= self._last else self._state_at(at)
        cycles = {}
        for gear, judge, metric in zip(
            self._machine.gears.all, self._machine.judges, state.metrics, strict=True
        ):
            told, breached = [], False
            for cycle in metric.cycles:
                verdict = judge.verdict(cycle, at, covered=state.covered)
                status = CycleStatus(
                    judge, cycle, verdict, metric.reasons, breached_earlier=breached
                )
                told.append(status)
                breached = breached or verdict.breached_at is not None
            cycles[gear.name] = tuple(told)
        return Status(
            self.policy.name,
            self._machine.matcher.zone.datetime(at),
            cycles,
            covered=state.covered,
            coverage_note=state.note,
        )

    def _state_at(self, at: int) -> State:
        """The state as it was at an instant, before later events."""
        if at < self._receipt.instant:
            opened = self.opened_at.isoformat()
            msg = f"{to_utc(at).isoformat()} lies before the ticket was opened ({opened})"
            raise ClockError(msg, given=to_utc(at).isoformat())
        if at >= self._last:
            return self._state
        log = [event for event in self.events if event._instant <= at]
        return self._rewound()._folded(log)._state

    # What comes next -----------------------------------------------------------------------------

    def next_change(
        self, after: datetime | str, *, hours: bool = False
    ) -> pendulum.DateTime | None:
        """The next instant at which something will change without further events.

        Args:
            after: The instant to look from.
            hours: Whether the openings and closings of the calendars count as well, of the next
                400 days.

        Returns:
            The instant of a warning, of a due date, or, a microsecond after a due or a limit, of
            being late or breached; None where nothing will change. Set one timer to it.
        """
        at = to_instant(after)
        hours_until = min(at + _AHEAD, LATEST - 1) if hours else at
        coming = self._coming(self._state_at(at), at, at, LATEST, hours_until)
        return min(coming, key=_first)[1].at if coming else None

    def changes(
        self, start: datetime | str, end: datetime | str, *, hours: bool = False
    ) -> list[Change]:
        """What changes, or changed, after one instant and up to another, in order.

        Args:
            start: The instant after which; not before the opening.
            end: The last instant.
            hours: Whether the openings and closings of the calendars count as well.

        Between two neighbouring changes nothing that `status` tells changes, but for lengths of
        time and for what would be, were a pause to end.
        """
        at, last = to_instant(start), to_instant(end)
        state, found = self._state_at(at), list[tuple[int, Change]]()
        for instant, group in groupby(self.events, key=_instant_of):
            if at < instant <= last:
                batch = tuple(group)
                found += self._coming(state, at, at, instant - 1, instant - 1 if hours else at)
                show = self._machine.matcher.zone.datetime
                found += [
                    (instant, Change(at=show(instant), kind="event", name=event.type))
                    for event in batch
                ]
                state, at = self._machine.advanced(state, self._receipt, instant, batch), instant
                found += self._coming(state, at, at - 1, at, at if hours else at - 1)
        found += self._coming(state, at, at, last, last if hours else at)
        return [change for _, change in sorted(found, key=_first)]

    def _coming(
        self, state: State, now: int, after: int, until: int, hours_until: int
    ) -> list[tuple[int, Change]]:
        """What by a state, as it stands now, changes by itself after an instant up to another."""
        found: list[tuple[int, Change]] = []
        for judge, metric in zip(self._machine.judges, state.metrics, strict=True):
            cycle = metric.cycles[-1]
            if cycle.phase in LIVE:
                verdict = judge.verdict(cycle, now, covered=state.covered)
                status = CycleStatus(judge, cycle, verdict, metric.reasons)
                found += status._changes(after, until, hours_until)
        return found

    # Audit ---------------------------------------------------------------------------------------

    def ledger(
        self, metric: str = "", as_of: datetime | str | None = None, *, language: str = "en"
    ) -> ClockLedger:
        """Where every second of a metric went, from the opening of the ticket on.

        Args:
            metric: The metric; left out, the last one of the policy.
            as_of: Up to when; left out, the last event.
            language: The language of the account, such as ``"en"`` or ``"zh"``.

        Raises:
            UnknownMetricError: The policy has no such metric.
        """
        at, state, place = self._asked(metric, as_of)
        judge, opened = self._machine.judges[place], self._receipt.instant
        return ledger_of(
            judge, state.metrics[place], opened, at, covered=state.covered, language=language
        )

    def time_by(
        self, field: str, metric: str = "", as_of: datetime | str | None = None
    ) -> dict[str, pendulum.Duration]:
        """How much of the time that counted passed while a field had each of its values.

        Args:
            field: Such as ``"group"`` or ``"assignee"``; every event that bears it sets it.
            metric: The metric whose time is counted; left out, the last one of the policy.
            as_of: Up to when; left out, the last event.

        Returns:
            The time by value, the empty string standing for none; it adds up to what elapsed.

        Raises:
            UnknownMetricError: The policy has no such metric.
        """
        at, state, place = self._asked(metric, as_of)
        first, opened = self.ticket.get(field), self._receipt.instant
        stretches = held(self.events, field, first, opened, at)
        judge = self._machine.judges[place]
        totals = time_by(judge, state.metrics[place], stretches, at, covered=state.covered)
        return {name: to_duration(length) for name, length in totals.items()}

    def _asked(self, metric: str, as_of: datetime | str | None) -> tuple[int, State, int]:
        """The instant, the state at it, and the place of the metric that a question is about."""
        at = self._last if as_of is None else to_instant(as_of)
        names = [gear.name for gear in self._machine.gears.all]
        if metric and metric not in names:
            raise unknown_metric(metric, names, self.policy.name)
        return at, self._state_at(at), names.index(metric) if metric else len(names) - 1

    def proof(self, as_of: datetime | str | None = None) -> Proof:
        """The answers at an instant, with fingerprints of all they are made of.

        Args:
            as_of: The instant; left out, the last event.

        `verify` tells later whether the answers still hold, and what moved if they do not.
        """
        return self._proof(self._last if as_of is None else to_instant(as_of))

    def _proof(self, at: int, until: int = 0) -> Proof:
        """A proof whose calendars are looked at up to the last due, or another instant."""
        answers = tuple(self.status(to_utc(at)).to_dicts())
        dues = (to_instant(one["due"]) for one in answers if one["due"])
        facts = facts_of(
            self.policy,
            opened=self._receipt.instant,
            ticket=stored_ticket(self.ticket),
            events=[event.to_dict() for event in self.events if event._instant <= at],
            until=until or max([at, *dues]),
        )
        return Proof(facts=facts, answers=answers, as_of=to_utc(at).isoformat())

    def verify(self, proof: Proof) -> Verification:
        """Whether the answers of a proof still hold, and what moved since."""
        until = to_instant(proof.facts["calendars_until"])
        return proof.compared(self._proof(to_instant(proof.as_of), until))

    # Storing -------------------------------------------------------------------------------------

    def to_dict(self, *, embed_policy: bool = True) -> dict[str, Any]:
        """The clock as plain data, ready for JSON: policy, ticket and events.

        Args:
            embed_policy: Whether the version of the policy that holds is part of it. Without, the
                data bear its name and fingerprint, and `from_dict` needs to be given the policy.
        """
        policy = self.policy
        data: dict[str, Any] = {
            "format": FORMAT,
            "policy_name": policy.name,
            "policy_effective_from": policy.effective_from and str(policy.effective_from),
            "policy_fingerprint": policy.fingerprint,
            "opened_at": self.opened_at.isoformat(),
            "ticket": stored_ticket(self.ticket),
            "events": [event.to_dict() for event in self.events],
        }
        if embed_policy:
            data["policy"] = policy.to_dict()
        return data | {name: one for name, one in self._more.items() if name not in data}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any], policy: Policy | None = None) -> Clock:
        """The clock that plain data describe, as `to_dict` gives them; unknown keys are kept.

        Args:
            data: The data.
            policy: The policy as it is today. Where its version at the receipt is not the one that
                the clock was stored under, the stored one counts if it is embedded; else this one.
                `Clock.note` says so either way, and `rejudged` judges anew on purpose.

        Raises:
            ClockError: The data are no clock, or of a later format, or need a policy.
        """
        refuse_foreign(data)
        at = to_instant(data["opened_at"])
        embedded, note = data.get("policy"), ""
        if policy is not None:
            version = policy.version_in_force(at) if policy.versions else policy
            if version.fingerprint != data.get("policy_fingerprint"):
                stored = policy_text(data)
                if embedded is None:
                    note = f"stored under {stored}, judged under the policy given, which differs"
                else:
                    version = Policy.from_dict(embedded)
                    note = f"judged as stored, under {stored}; the policy given differs"
        elif embedded is None:
            msg = f"the clock was stored without its policy, {policy_text(data)}: give it"
            raise ClockError(msg, given=data.get("policy_fingerprint"))
        else:
            version = Policy.from_dict(embedded)
        more = {name: one for name, one in data.items() if name not in KEYS}
        clock = cls._open(version, data["ticket"], at, note=note, more=FrozenMap(more))
        with located("events"):
            log = read_events(data["events"])
        return clock._folded(sorted(log, key=_instant_of))

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self).from_dict, (self.to_dict(),)

    # As a value ----------------------------------------------------------------------------------

    def _facts(self) -> tuple[Any, ...]:
        return self.policy, self._receipt.instant, self.ticket, self.events

    def __eq__(self, other: object) -> bool:
        return self._facts() == other._facts() if isinstance(other, Clock) else NotImplemented

    def __hash__(self) -> int:
        return hash((self.policy.name, self._receipt.instant, self.events))

    def to_html(self, as_of: datetime | str | None = None, *, language: str = "en") -> str:
        """The clock as HTML: the life of the ticket as bars over time, and where it stands.

        Args:
            as_of: The instant to show it at; left out, the last event, as in `ledger`.
            language: The language of all words but the policy's own, such as ``"en"`` or ``"zh"``.

        Returns:
            HTML with inline SVG, without a script, an id or an address, for light and dark pages.
            Notebooks show it for a clock by themselves.

        Raises:
            ClockError: The instant lies before the opening.
        """
        from slacalc._html.clock import clock_html  # noqa: PLC0415 - not needed until it is seen

        at = self._last if as_of is None else to_instant(as_of)
        return clock_html(self, at, is_last=as_of is None, language=language)

    def _repr_html_(self) -> str:
        return self.to_html()

    def __repr__(self) -> str:
        count = len(self.events)
        events = "1 event" if count == 1 else f"{count} events"
        return f"<Clock of {self.policy.name}, opened {self.opened_at.isoformat()}, {events}>"


def _first(pair: tuple[int, Change]) -> int:
    return pair[0]


def replay(
    policy: Policy,
    ticket: Mapping[str, Any],
    events: Iterable[Event | Mapping[str, Any]],
    at: datetime | str | None = None,
) -> Clock:
    """The clock of a ticket after a whole log, in whatever order it arrives.

    Args:
        policy: The policy; its version at the receipt counts.
        ticket: The ticket's attributes when it came in.
        events: What happened: `Event` objects, or the plain data of some. They are sorted by their
            instants; those of one instant keep their order.
        at: When the ticket came in. Left out, it is its ``created`` event, whose fields are the
            ticket's as well. Without one it is the first event, and the ticket is as *ticket* has
            it: what that event says of it is a change of that instant, and comes after the opening.

    Raises:
        ClockError: There is neither an event nor an instant to open the clock at.
        LateEventError: An event is older than the opening.
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
    log = sorted(read_events(events), key=_instant_of)
    created = next((event for event in log if event.type == CREATED), None)
    if at is not None:
        return policy._open(ticket, to_instant(at))._folded(log)
    if not log:
        msg = "there is no event, and no instant to open the clock at: give at="
        raise ClockError(msg)
    if created is None:
        return policy._open(ticket, log[0]._instant)._folded(log)
    return policy._open({**ticket, **created.fields}, created._instant)._folded(log)
