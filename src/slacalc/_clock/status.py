"""What a clock answers: where each promise stands at an instant, and what will change.

Answers are read from verdicts, which are integers, when somebody asks for them: a host that wants
only the state of ten thousand tickets does not pay for ten thousand durations.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from operator import attrgetter, methodcaller
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import attrs

from slacalc._calendar.ledger import shown_at
from slacalc._clock.cycles import Phase
from slacalc._policy.deadlines import NOT_BEGUN, NOTHING, Alarm
from slacalc._time.durations import length_text
from slacalc._time.instants import to_duration
from slacalc.errors import UnknownMetricError, unknown_name

if TYPE_CHECKING:
    from datetime import date

    import pendulum

    from slacalc._clock.cycles import Cycle
    from slacalc._clock.evaluation import CycleResult, Evaluator
    from slacalc._clock.states import State
    from slacalc._time.instants import Zone

Kind: TypeAlias = Literal["event", "warning", "due", "late", "breached", "opens", "closes"]


@attrs.frozen(kw_only=True)
class DueOverride:
    """A due date that was set by hand.

    Args:
        due: The due.
        limit: The later bound, where one was given.
        author: Who set it.
        reason: Why.
        at: When.
    """

    due: pendulum.DateTime
    limit: pendulum.DateTime | None
    author: str
    reason: str
    at: pendulum.DateTime


@attrs.frozen(kw_only=True, order=False)
class Change:
    """An instant at which something about a clock changes.

    Args:
        at: The instant. A ticket is late, or breached, from the microsecond after its bound on.
        kind: What: a ``warning``; its ``due``; that it is ``late``, or ``breached``; an ``event``;
            or that the calendar ``opens`` or ``closes``.
        metric: Of which metric; the empty string for an event.
        cycle: Of which cycle; 0 for an event.
        name: The threshold of a warning, or who is called by it; the type of an event.
    """

    at: pendulum.DateTime
    kind: Kind
    metric: str = ""
    cycle: int = 0
    name: str = ""


class CycleStatus:
    """Where one cycle of a metric stands at an instant.

    `Status` gives them; instants are in the zone of the target's calendar, lengths are
    `pendulum.Duration`.
    """

    __slots__ = ("_breached_earlier", "_cycle", "_judge", "_reasons", "_verdict")

    def __init__(
        self,
        judge: Evaluator,
        cycle: Cycle,
        verdict: CycleResult,
        reasons: tuple[str, ...],
        *,
        breached_earlier: bool = False,
    ) -> None:
        self._judge, self._cycle, self._verdict = judge, cycle, verdict
        self._reasons, self._breached_earlier = reasons, breached_earlier

    def _shown(self, at: int | None) -> pendulum.DateTime | None:
        return None if at is None else self._zone.datetime(at)

    @property
    def _zone(self) -> Zone:
        return self._verdict.measure.zone

    # What it is ----------------------------------------------------------------------------------

    @property
    def metric(self) -> str:
        """The metric."""
        return self._judge.name

    @property
    def cycle(self) -> int:
        """Which of its cycles, from 1."""
        return self._cycle.number

    @property
    def state(self) -> State:
        """Where it stands, in words.

        ``not started``, ``running`` and ``paused`` before it is due; ``late`` between due and
        limit, ``breached`` past them, be it running or stopped; ``met`` where it stopped in time;
        ``cancelled``; ``not covered`` by the contract; ``no target`` where nothing with a figure is
        promised.
        """
        return self._verdict.state

    @property
    def is_running(self) -> bool:
        """Whether it has started, does not rest and has not ended; also where it is late."""
        return self._cycle.phase is Phase.RUNNING

    @property
    def is_paused(self) -> bool:
        """Whether it has started and rests; also where it is late."""
        return self._cycle.phase is Phase.PAUSED

    @property
    def pause_reasons(self) -> tuple[str, ...]:
        """Why it rests, the oldest reason first; empty where it does not."""
        return self._reasons if self.is_paused else ()

    # Instants ------------------------------------------------------------------------------------

    @property
    def start(self) -> pendulum.DateTime | None:
        """When it started; None where it has not."""
        return self._shown(self._cycle.start)

    @property
    def stopped_at(self) -> pendulum.DateTime | None:
        """When it was stopped; None where it was not."""
        return self._shown(self._cycle.end) if self._cycle.phase is Phase.STOPPED else None

    @property
    def cancelled_at(self) -> pendulum.DateTime | None:
        """When it was cancelled; None where it was not."""
        return self._shown(self._cycle.end) if self._cycle.phase is Phase.CANCELLED else None

    def _bound(self, *, which: Literal["due", "limit"], floats: bool) -> pendulum.DateTime | None:
        """The due or the limit: the one that is certain, or the one that a pause moves on."""
        bounds = self._verdict.bounds
        if bounds is None:
            return None
        if self._cycle.end is not None and self._judge.semantics.due_after_stop == "hidden":
            return None
        due, bound = bounds.due.at, bounds.bound.at
        moment = bounds.due if which == "due" else bounds.bound
        if (self.is_paused and moment.floats) is not floats:
            if floats or bounds.kept is None:
                return None
            due, bound = bounds.kept
        if which == "due":
            return self._shown(due)
        return self._shown(bound) if bound > due else None

    @property
    def due(self) -> pendulum.DateTime | None:
        """When it is due; None while it is paused before that, or where `reason` says why.

        By the `Semantics` of some products it is shown while paused, or hidden after the stop.
        """
        return self._bound(which="due", floats=False)

    @property
    def due_if_resumed(self) -> pendulum.DateTime | None:
        """When it would be due, were it resumed now; None where it is not paused, or past due."""
        return self._bound(which="due", floats=True)

    @property
    def limit(self) -> pendulum.DateTime | None:
        """The later bound past which it is breached and not merely late; None where that is due."""
        return self._bound(which="limit", floats=False)

    @property
    def limit_if_resumed(self) -> pendulum.DateTime | None:
        """What the limit would be, were it resumed now."""
        return self._bound(which="limit", floats=True)

    @property
    def breached_at(self) -> pendulum.DateTime | None:
        """The bound that this cycle was past first, now or under an earlier promise."""
        return self._shown(self._verdict.breached_at)

    @property
    def ever_breached(self) -> bool:
        """Whether this cycle, or an earlier one of the metric, was ever breached."""
        return self._verdict.breached_at is not None or self._breached_earlier

    # Lengths -------------------------------------------------------------------------------------

    @property
    def elapsed(self) -> pendulum.Duration | None:
        """The time that counted so far: working time, or time for a target of plain hours."""
        return None if self._cycle.start is None else to_duration(self._verdict.elapsed)

    @property
    def total(self) -> pendulum.Duration | None:
        """The time that the target leaves, counted the same way; None without a figure."""
        return None if self._verdict.total is None else to_duration(self._verdict.total)

    @property
    def remaining(self) -> pendulum.Duration | None:
        """What is left of it; negative past due."""
        verdict = self._verdict
        return None if verdict.total is None else to_duration(verdict.total - verdict.elapsed)

    @property
    def share(self) -> float | None:
        """The part of the total that has elapsed: 0.8 for 80 %; None where the total is nothing."""
        return self._verdict.elapsed / self._verdict.total if self._verdict.total else None

    @property
    def paused(self) -> dict[str, pendulum.Duration]:
        """How long it rested, by reason, counted as the target counts.

        Where several reasons held at once, the time is that of the oldest one; so the lengths add
        up.
        """
        paused = self._judge.paused(self._cycle, self._verdict)
        return {reason: to_duration(length) for reason, length in paused.items()}

    # Promises ------------------------------------------------------------------------------------

    @property
    def within(self) -> str | None:
        """How long the promise that holds leaves, such as ``"4 working hours"``."""
        bounds = self._verdict.bounds
        return bounds.found.within if bounds and bounds.found else None

    @property
    def table(self) -> str | None:
        """The table of the promise that holds."""
        bounds = self._verdict.bounds
        return bounds.found.table if bounds and bounds.found else None

    @property
    def row(self) -> int | None:
        """The place of its row in the table, from 0."""
        bounds = self._verdict.bounds
        return bounds.found.place if bounds and bounds.found else None

    @property
    def calendar(self) -> str | None:
        """The name of the calendar that counts; the empty string for plain hours."""
        return self._verdict.measure.name if self._verdict.bounds else None

    @property
    def override(self) -> DueOverride | None:
        """The due date that was set by hand; None where it was not."""
        override = self._cycle.override
        if override is None:
            return None
        show = self._zone.datetime
        return DueOverride(
            due=show(override.due),
            limit=show(override.bound) if override.bound > override.due else None,
            author=override.author,
            reason=override.reason,
            at=show(override.at),
        )

    @property
    def warnings_passed(self) -> tuple[Alarm, ...]:
        """The moments to look at the ticket that have come, in order."""
        end = self._verdict.end
        return tuple(alarm for at, alarm in self._alarms() if at <= end)

    def _alarms(self) -> list[tuple[int, Alarm]]:
        """All such moments that are certain."""
        bounds = self._verdict.bounds
        if bounds is None:
            return []
        alarms = [
            (moment.at, str(warning.at), warning.name)
            for moment, warning in self._judge.warnings(self._cycle, bounds)
            if not (self.is_paused and moment.floats)
        ]
        show = self._zone.datetime
        return [
            (at, Alarm(at=show(at), threshold=text, name=name)) for at, text, name in sorted(alarms)
        ]

    @property
    def consequence(self) -> str | None:
        """What follows where it is missed, by name."""
        return self._judge.consequence(self._verdict)

    @property
    def reason(self) -> str:
        """Why there is no due: the policy's words, or a pause; else the empty string."""
        if self._verdict.bounds is not None:
            if self.due is not None:
                return ""
            if self.is_paused:
                return f"paused: {'; '.join(self._reasons)}"
            return f"{self._cycle.phase}, so no due date is shown"
        if self.state == "not covered":
            return "not covered"
        if self._cycle.start is None:
            return (
                NOT_BEGUN.format(event=self._judge.start)
                if self.state != "cancelled"
                else ("cancelled before it started")
            )
        words = (found.target.promise for found in self._cycle.stints[-1].found)
        return "; ".join(dict.fromkeys(words)) or NOTHING

    @property
    def provisional_from(self) -> date | None:
        """The first date without published holidays that the due rests on; else None."""
        stints = self._cycle.stints
        return self._judge.unpublished(stints[-1], self._verdict) if stints else None

    @property
    def provisional(self) -> bool:
        """Whether the due rests on holidays that are not officially published."""
        return self.provisional_from is not None

    # As data -------------------------------------------------------------------------------------

    def to_dict(self) -> dict[str, Any]:
        """The status as plain data, ready for JSON or a row of a data frame; lengths in seconds."""
        verdict = self._verdict
        paused = self._judge.paused(self._cycle, verdict)
        return {
            "metric": self.metric,
            "cycle": self.cycle,
            "state": self.state,
            "is_paused": self.is_paused,
            "start": _iso(self.start),
            "due": _iso(self.due),
            "limit": _iso(self.limit),
            "due_if_resumed": _iso(self.due_if_resumed),
            "stopped_at": _iso(self.stopped_at),
            "cancelled_at": _iso(self.cancelled_at),
            "breached_at": _iso(self.breached_at),
            "ever_breached": self.ever_breached,
            "elapsed": None if self._cycle.start is None else verdict.elapsed / 1_000_000,
            "total": None if verdict.total is None else verdict.total / 1_000_000,
            "remaining": None
            if verdict.total is None
            else (verdict.total - verdict.elapsed) / 1_000_000,
            "paused": {reason: length / 1_000_000 for reason, length in paused.items()},
            "pause_reasons": list(self.pause_reasons),
            "within": self.within,
            "table": self.table,
            "row": self.row,
            "calendar": self.calendar,
            "reason": self.reason,
            "consequence": self.consequence,
            "warnings_passed": [
                {"at": alarm.at.isoformat(), "threshold": alarm.threshold, "name": alarm.name}
                for alarm in self.warnings_passed
            ],
            "override": self.override
            and {
                "due": self.override.due.isoformat(),
                "limit": _iso(self.override.limit),
                "author": self.override.author,
                "reason": self.override.reason,
                "at": self.override.at.isoformat(),
            },
            "provisional_from": self.provisional_from and str(self.provisional_from),
        }

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, CycleStatus):
            return NotImplemented
        return self.to_dict() == other.to_dict()

    __hash__ = None  # type: ignore[assignment] # it is an answer, to be read and not to be kept

    def __repr__(self) -> str:
        return f"<CycleStatus {self}>"

    def __str__(self) -> str:
        due, verdict = self.due, self._verdict
        which = f" (cycle {self.cycle})" if self.cycle > 1 else ""
        words = [self.metric + which]
        if due is None and self.is_paused and self.state == "paused":
            words.append(self.reason)  # which begins with the state
        elif due is None and self.reason != self.state and self._cycle.end is None:
            words += [self.state, self.reason]
        else:
            words.append(self.state)
        if due is not None:
            words.append(f"due {shown_at(due)}")
        if self.is_paused and self.due_if_resumed is not None:
            words.append(f"due {shown_at(self.due_if_resumed)} if resumed now")
        if verdict.total is not None:
            elapsed, total = (
                length_text(one, has_days=False) for one in (verdict.elapsed, verdict.total)
            )
            words.append(f"{elapsed} of {total} used")
        return ", ".join(words)


cycle_of: Callable[[CycleStatus], Cycle] = attrgetter("_cycle")
"""The cycle that a status describes."""
result_of: Callable[[CycleStatus], CycleResult] = attrgetter("_verdict")
"""The same, in integers of microseconds."""
evaluator_of: Callable[[CycleStatus], Evaluator] = attrgetter("_judge")
"""The evaluator of its metric."""
_alarms_of: Callable[[CycleStatus], list[tuple[int, Alarm]]] = methodcaller("_alarms")


def changes_of(
    status: CycleStatus, after: int, until: int, hours_until: int
) -> list[tuple[int, Change]]:
    """What changes by itself after one instant and up to another, as far as is certain.

    Args:
        status: The status of a cycle.
        after: The instant after which.
        until: The last instant of warnings and due dates.
        hours_until: The last instant of openings and closings.
    """
    result, evaluator = result_of(status), evaluator_of(status)
    bounds, grace = result.bounds, evaluator.grace
    if bounds is None:
        return []
    coming: list[tuple[int, Kind, str]] = [
        (at, "warning", alarm.name or alarm.threshold) for at, alarm in _alarms_of(status)
    ]
    if not (status.is_paused and bounds.due.floats):
        coming.append((bounds.due.at, "due", ""))
        if bounds.bound.at > bounds.due.at:
            coming.append((bounds.due.at + grace, "late", ""))
    if not (status.is_paused and bounds.bound.floats):
        coming.append((bounds.bound.at + grace, "breached", ""))
    coming = [change for change in coming if after < change[0] <= until]
    if result.measure.part.by_hours:
        for opens, closes in result.measure.calendar.timeline.spans(after, hours_until + 1):
            if opens > after:
                coming.append((opens, "opens", ""))
            if closes <= hours_until:
                coming.append((closes, "closes", ""))
    show, metric, cycle = result.measure.zone.datetime, status.metric, status.cycle
    return [
        (at, Change(at=show(at), kind=kind, metric=metric, cycle=cycle, name=name))
        for at, kind, name in coming
    ]


def unknown_metric(given: str, known: Iterable[str], policy: str) -> UnknownMetricError:
    """The error for a metric that a policy does not have."""
    return unknown_name(UnknownMetricError, f"a metric of {policy}", given, known)


def _iso(at: pendulum.DateTime | None) -> str | None:
    return None if at is None else at.isoformat()


class Status(Mapping[str, CycleStatus]):
    """Where every promise to a ticket stands at an instant: the present cycle of each metric.

    `Clock.status` gives it.
    """

    __slots__ = ("_cycles", "as_of", "coverage_note", "covered", "policy")

    def __init__(
        self,
        policy: str,
        as_of: pendulum.DateTime,
        cycles: dict[str, tuple[CycleStatus, ...]],
        *,
        covered: bool,
        coverage_note: str,
    ) -> None:
        self.policy, self.as_of, self._cycles = policy, as_of, cycles
        self.covered, self.coverage_note = covered, coverage_note

    def cycles(self, metric: str) -> tuple[CycleStatus, ...]:
        """All cycles of a metric, in order; the last one is the present one.

        Raises:
            UnknownMetricError: The policy has no such metric.
        """
        try:
            return self._cycles[metric]
        except KeyError:
            raise unknown_metric(metric, self._cycles, self.policy) from None

    def __getitem__(self, metric: str) -> CycleStatus:
        return self.cycles(metric)[-1]

    def __iter__(self) -> Iterator[str]:
        return iter(self._cycles)

    def __len__(self) -> int:
        return len(self._cycles)

    def __contains__(self, metric: object) -> bool:
        return metric in self._cycles

    def to_dicts(self) -> list[dict[str, Any]]:
        """A plain dictionary for each cycle of each metric, ready for JSON or a data frame."""
        return [one.to_dict() for cycles in self._cycles.values() for one in cycles]

    def to_html(self, *, language: str = "en") -> str:
        """The status as HTML: a table of the cycles, which notebooks show by themselves.

        Args:
            language: The language of all words but the policy's own, such as ``"en"`` or ``"zh"``.
        """
        from slacalc._html.status import status_html  # noqa: PLC0415 - not needed until it is seen

        return status_html(self, language=language)

    def _repr_html_(self) -> str:
        return self.to_html()

    def __repr__(self) -> str:
        told = "; ".join(map(str, self.values()))
        return f"<Status of {self.policy} as of {self.as_of.isoformat()}: {told}>"

    def __str__(self) -> str:
        return "\n".join([shown_at(self.as_of), *(f"  {one}" for one in self.values())])
