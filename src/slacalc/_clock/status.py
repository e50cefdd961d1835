"""What a clock returns: the status of each cycle at an instant, and the changes to come.

A status holds a `CycleResult`, which consists of integers, and makes datetimes and durations of it
only when they are read: a host that wants the state of ten thousand tickets does not pay for ten
thousand durations.

Read next: `clock`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from operator import attrgetter, itemgetter, methodcaller
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias

import attrs

from slacalc._clock.cycles import Phase
from slacalc._i18n import ENGLISH
from slacalc._policy.deadlines import NOT_BEGUN, NOTHING, Alarm
from slacalc._time.durations import length_text
from slacalc._time.instants import SECOND, to_duration
from slacalc.errors import escape_unprintable, unknown_metric

if TYPE_CHECKING:
    from datetime import date

    import pendulum

    from slacalc._clock.cycles import Cycle
    from slacalc._clock.evaluation import CycleResult, Evaluator
    from slacalc._clock.states import State
    from slacalc._time.instants import Zone

Kind: TypeAlias = Literal[
    "event", "warning", "due", "late", "limit", "breached", "cap", "opens", "closes"
]
NOTICES: frozenset[Kind] = frozenset({"warning", "due", "late", "limit", "breached"})
"""The kinds of changes that somebody is to be notified of."""


class Mark(NamedTuple):
    """What comes once in the time of a cycle: a warning, its due date, its limit, or a breach.

    Args:
        kind: What comes.
        name: The name of a warning, or its threshold if it has no name.
        threshold: The threshold of a warning.
        place: Its place among the warnings with this threshold, from 1.
    """

    kind: Kind
    name: str = ""
    threshold: str = ""
    place: int = 1

    def key_of(self, metric: str, cycle: int) -> str:
        """The key of a notice, which does not depend on its instant."""
        parts = [metric, str(cycle), self.kind]
        parts += [self.threshold] if self.threshold else []
        parts += [str(self.place)] if self.place > 1 else []
        return ".".join(parts)


BREACHED = Mark("breached")
_PAUSED = Phase.PAUSED  # looking it up in its class takes longer


@attrs.frozen(kw_only=True)
class DueOverride:
    """A due date that was set by hand, by an event ``overridden``.

    Args:
        due: The due date.
        limit: The limit; None if none was set.
        author: Who set it.
        reason: Why.
        at: When it was set.
    """

    __module__ = "slacalc"

    due: pendulum.DateTime
    limit: pendulum.DateTime | None
    author: str
    reason: str
    at: pendulum.DateTime


@attrs.frozen(order=False)
class Change:
    """An instant at which something about a clock changes; `Clock.changes` returns them.

    Args:
        at: The instant. A promise is late, or breached, from the microsecond after its due date or
            limit on; if an event moved that into the past, from the instant of the event on.
        kind: What happens: an ``event``; a ``warning``; the ``due`` date; the promise becomes
            ``late``; its ``limit`` comes, if it has one; it is ``breached``; the ``cap`` on a pause
            is used up, so that the clock runs again unless something else pauses it; the calendar
            ``opens``, or ``closes``.
        metric: The metric; the empty string for an event.
        cycle: The cycle of the metric, from 1; 0 for an event.
        name: The type of an event; the name of a warning, or its threshold if it has no name; the
            reason of a pause.
        threshold: The threshold of a warning, such as ``"75 %"``; the empty string for others.
        key: What names a warning, due date, limit or breach for the life of the ticket, such as
            ``"resolution.1.warning.75 %"``: metric, cycle, kind and threshold, and a number if
            several warnings of a cycle have one threshold. The empty string for other kinds.
    """

    __module__ = "slacalc"

    at: pendulum.DateTime
    kind: Kind
    metric: str = ""
    cycle: int = 0
    name: str = ""
    threshold: str = ""
    key: str = ""

    def to_dict(self) -> dict[str, Any]:
        """The change as plain data, ready for JSON; ``at`` is ISO 8601 text."""
        return {name: getattr(self, name) for name in _OF_CHANGE} | {"at": self.at.isoformat()}


_OF_CHANGE = tuple(field.name for field in attrs.fields(Change))


@attrs.frozen
class ClockSummary:
    """What people look tickets up by; `Clock.summary` returns it.

    Args:
        due: The earliest due date of a promise that is not yet fulfilled, also one that has passed;
            None if there is none, or if all are paused.
        metric: The metric of that promise; the empty string if there is none.
        is_breached: Whether the current cycle of a metric is breached.
        ever_breached: Whether any cycle of a metric was ever breached.
        next_look: The next instant at which anything will change, as `Clock.next_change` returns
            it.
    """

    __module__ = "slacalc"

    due: pendulum.DateTime | None
    metric: str
    is_breached: bool
    ever_breached: bool
    next_look: pendulum.DateTime | None

    def to_dict(self) -> dict[str, Any]:
        """The summary as plain data, ready for JSON; instants are ISO 8601 text."""
        return {
            "due": _iso(self.due),
            "metric": self.metric,
            "is_breached": self.is_breached,
            "ever_breached": self.ever_breached,
            "next_look": _iso(self.next_look),
        }

    @staticmethod
    def json_schema() -> dict[str, Any]:
        """The JSON Schema of what `to_dict` returns."""
        from slacalc._clock.json_schemas import SCHEMAS  # noqa: PLC0415 - rarely needed

        return deepcopy(SCHEMAS["ClockSummary"])


class CycleStatus:
    """The status of one cycle of a metric at an instant; `Status` contains them.

    Instants are `pendulum.DateTime` in the zone of the target's calendar. Lengths of time are
    `pendulum.Duration`, counted as the target counts: working time for working hours and days,
    physical time for plain hours and days.

    Two of them are equal if all that they say is equal.
    """

    __module__ = "slacalc"

    __slots__ = (
        "_breached_earlier",
        "_cycle",
        "_evaluator",
        "_known_coming",
        "_reasons",
        "_result",
    )

    def __init__(
        self,
        evaluator: Evaluator,
        cycle: Cycle,
        result: CycleResult,
        reasons: tuple[str, ...],
        *,
        breached_earlier: bool = False,
    ) -> None:
        self._evaluator, self._cycle, self._result = evaluator, cycle, result
        self._reasons, self._breached_earlier = reasons, breached_earlier
        self._known_coming: list[tuple[int, Mark]] | None = None

    def _coming(self) -> list[tuple[int, Mark]]:
        """What comes once in the time of the cycle, as far as it is certain; worked out once."""
        if self._known_coming is None:
            self._known_coming = _find_coming(self)
        return self._known_coming

    def _shown(self, at: int | None) -> pendulum.DateTime | None:
        return None if at is None else self._result.clock.zone.datetime(at)

    # What it is ----------------------------------------------------------------------------------

    @property
    def metric(self) -> str:
        """The name of the metric."""
        return self._evaluator.name

    @property
    def cycle(self) -> int:
        """Which cycle of the metric it is, from 1."""
        return self._cycle.number

    @property
    def state(self) -> State:
        """The state of the promise.

        - ``not started``; ``running`` or ``paused``, while it is not past due
        - ``late``: past due and not past the limit, whether the cycle still runs or has stopped
        - ``breached``: past the limit, or past due if there is no limit
        - ``met``: stopped at or before the due date
        - ``cancelled``
        - ``not owed``: the metric that its ``until`` names stopped before it was past due
        - ``no target``: nothing with a figure is promised
        - ``not covered``: the contract does not cover the ticket
        """
        return self._result.state

    @property
    def is_running(self) -> bool:
        """Whether it has started, and is neither paused nor ended; True also if it is late."""
        return self._cycle.phase is Phase.RUNNING

    @property
    def is_paused(self) -> bool:
        """Whether it has started and is paused; True also if it is late."""
        return self._cycle.phase is _PAUSED

    @property
    def pause_reasons(self) -> tuple[str, ...]:
        """Why it is paused, the oldest reason first; empty if it is not paused."""
        return self._reasons if self.is_paused else ()

    # Instants ------------------------------------------------------------------------------------

    @property
    def start(self) -> pendulum.DateTime | None:
        """When it started; None if it has not."""
        return self._shown(self._cycle.start)

    @property
    def stopped_at(self) -> pendulum.DateTime | None:
        """When it was stopped; None if it was not."""
        return self._shown(self._cycle.end) if self._cycle.phase is Phase.STOPPED else None

    @property
    def cancelled_at(self) -> pendulum.DateTime | None:
        """When it was cancelled; None if it was not."""
        return self._shown(self._cycle.end) if self._cycle.phase is Phase.CANCELLED else None

    def _due_date(
        self, *, which: Literal["due", "limit"], if_resumed: bool
    ) -> pendulum.DateTime | None:
        """The due date or the limit: the certain one, or the one that moves with a pause."""
        due_dates = self._result.due_dates
        if due_dates is None:
            return None
        if self._cycle.end is not None and self._evaluator.semantics.due_after_stop == "hidden":
            return None
        instant = due_dates.due if which == "due" else due_dates.limit
        due, limit = due_dates.due.at, due_dates.limit.at
        if (instant.moves_with_pause and self.is_paused) is not if_resumed:
            if if_resumed or due_dates.kept is None:
                return None
            due, limit = due_dates.kept
        if which == "due":
            return self._result.clock.zone.datetime(due)
        return self._shown(limit) if limit > due else None

    @property
    def due(self) -> pendulum.DateTime | None:
        """The due date; None while the cycle is paused before it, or if `reason` says why.

        The `Semantics` of some products show it while the cycle is paused, or hide it once the
        cycle has stopped.
        """
        return self._due_date(which="due", if_resumed=False)

    @property
    def due_if_resumed(self) -> pendulum.DateTime | None:
        """The due date if the cycle were resumed now; None if it is not paused, or is past due."""
        return self._due_date(which="due", if_resumed=True)

    @property
    def limit(self) -> pendulum.DateTime | None:
        """The limit, past which it is breached and not only late; None if that is the due date."""
        return self._due_date(which="limit", if_resumed=False)

    @property
    def limit_if_resumed(self) -> pendulum.DateTime | None:
        """The limit if the cycle were resumed now; None as for `due_if_resumed` and `limit`."""
        return self._due_date(which="limit", if_resumed=True)

    @property
    def breached_at(self) -> pendulum.DateTime | None:
        """The first limit that this cycle exceeded, under its present promise or an earlier one."""
        return self._shown(self._result.breached_at)

    @property
    def ever_breached(self) -> bool:
        """Whether this cycle, or an earlier one of the metric, was ever breached."""
        return self._result.breached_at is not None or self._breached_earlier

    # Lengths -------------------------------------------------------------------------------------

    @property
    def elapsed(self) -> pendulum.Duration | None:
        """The time that has counted so far; None if the cycle has not started."""
        return None if self._cycle.start is None else to_duration(self._result.elapsed)

    @property
    def total(self) -> pendulum.Duration | None:
        """The time that the target allows; None without a figure."""
        total = self._result.total
        return None if total is None else to_duration(total)

    @property
    def remaining(self) -> pendulum.Duration | None:
        """The total less the elapsed time, negative past due; None without a figure."""
        total = self._result.total
        return None if total is None else to_duration(total - self._result.elapsed)

    @property
    def share(self) -> float | None:
        """The part of the total that has elapsed, 0.8 for 80 %; None if the total is None or 0."""
        total = self._result.total
        return self._result.elapsed / total if total else None

    @property
    def paused(self) -> dict[str, pendulum.Duration]:
        """How long the cycle was paused, by reason.

        If several reasons held at once, the time belongs to the oldest one; so the lengths add up.
        """
        paused = self._evaluator.paused(self._cycle, self._result)
        return {reason: to_duration(length) for reason, length in paused.items()}

    # Promises ------------------------------------------------------------------------------------

    @property
    def within(self) -> str | None:
        """The target time of the promise that holds, such as ``"4 working hours"``."""
        due_dates = self._result.due_dates
        return due_dates.row.within if due_dates and due_dates.row else None

    @property
    def table(self) -> str | None:
        """The table of the promise that holds."""
        due_dates = self._result.due_dates
        return due_dates.row.table if due_dates and due_dates.row else None

    @property
    def row(self) -> int | None:
        """The place of the promise's row in its table, from 0."""
        due_dates = self._result.due_dates
        return due_dates.row.place if due_dates and due_dates.row else None

    @property
    def calendar(self) -> str | None:
        """The name of the target's calendar; the empty string for plain hours."""
        return self._result.clock.name if self._result.due_dates else None

    @property
    def override(self) -> DueOverride | None:
        """The due date that was set by hand; None if there is none."""
        override = self._cycle.override
        if override is None:
            return None
        show = self._result.clock.zone.datetime
        return DueOverride(
            due=show(override.due),
            limit=show(override.limit) if override.limit > override.due else None,
            author=override.author,
            reason=override.reason,
            at=show(override.at),
        )

    @property
    def warnings_passed(self) -> tuple[Alarm, ...]:
        """The warnings that have come, in order."""
        end = self._result.end
        return tuple(alarm for at, alarm in alarms_of(self) if at <= end)

    @property
    def consequence(self) -> str | None:
        """What follows if the target is missed, by name; None if the policy names nothing."""
        return self._evaluator.consequence(self._result)

    @property
    def reason(self) -> str:
        """Why there is no due date: in the policy's words, or a pause; empty if there is one."""
        if self.due is not None:
            return ""
        if self._result.due_dates is not None:
            if self.is_paused:
                return f"paused: {'; '.join(self._reasons)}"
            return f"{self._cycle.phase}, so no due date is shown"
        if self.state == "not covered":
            return "not covered"
        if self._cycle.start is None:
            not_begun = NOT_BEGUN.format(event=self._evaluator.start)
            return "cancelled before it started" if self.state == "cancelled" else not_begun
        promises = (row.target.promise for row in self._cycle.periods[-1].rows)
        return "; ".join(dict.fromkeys(promises)) or NOTHING

    @property
    def provisional_from(self) -> date | None:
        """The first date whose holidays are not published and on which the due date depends."""
        periods = self._cycle.periods
        return self._evaluator.unpublished(periods[-1], self._result) if periods else None

    @property
    def provisional(self) -> bool:
        """Whether the due date depends on holidays that are not officially published."""
        return self.provisional_from is not None

    # As data -------------------------------------------------------------------------------------

    def to_dict(self) -> dict[str, Any]:
        """The status as plain data, ready for JSON or a row of a data frame.

        Instants are ISO 8601 text, lengths of time are seconds.
        """
        result, cycle = self._result, self._cycle
        paused = self._evaluator.paused(cycle, result)
        elapsed, total = result.elapsed, result.total
        remaining = None if total is None else total - elapsed
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
            "elapsed": None if cycle.start is None else elapsed / 1_000_000,
            "total": None if total is None else total / 1_000_000,
            "remaining": None if remaining is None else remaining / 1_000_000,
            "paused": {reason: length / 1_000_000 for reason, length in paused.items()},
            "pause_reasons": list(self.pause_reasons),
            "within": self.within,
            "table": self.table,
            "row": self.row,
            "calendar": self.calendar,
            "reason": self.reason,
            "consequence": self.consequence,
            "warnings_passed": [
                {"at": _iso(alarm.at), "threshold": alarm.threshold, "name": alarm.name}
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

    def to_html(self, *, language: str = "en") -> str:
        """The status of the cycle as an HTML table; notebooks show it this way by themselves.

        Args:
            language: The language of all words but the policy's own, such as ``"en"`` or ``"zh"``.
        """
        from slacalc._html.status import cycle_html  # noqa: PLC0415 - not needed until it is shown

        return cycle_html(self, language=language)

    def _repr_html_(self) -> str:
        return self.to_html()

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, CycleStatus):
            return NotImplemented
        return self.to_dict() == other.to_dict()

    __hash__ = None  # type: ignore[assignment] # not hashable: it is a view of one instant

    def __repr__(self) -> str:
        return f"<CycleStatus {self}>"

    def __str__(self) -> str:
        due, result = self.due, self._result
        which = f" (cycle {self.cycle})" if self.cycle > 1 else ""
        words = [self.metric + which]
        if due is None and self.is_paused and self.state == "paused":
            words.append(self.reason)  # which begins with the state
        elif due is None and self.reason != self.state and self._cycle.end is None:
            words += [self.state, self.reason]
        else:
            words.append(self.state)
        if due is not None:
            words.append(f"due {ENGLISH.instant(due)}")
        if self.is_paused and self.due_if_resumed is not None:
            words.append(f"due {ENGLISH.instant(self.due_if_resumed)} if resumed now")
        if (total := result.total) is not None:
            used = result.elapsed
            # A breach is a microsecond after the due date, which nobody wants to read.
            used -= used % SECOND if used > SECOND else 0
            parts = [length_text(length, has_days=False) for length in (used, total)]
            words.append(f"{' of '.join(parts)} used")
        return escape_unprintable(", ".join(words))


def _iso(at: pendulum.DateTime | None) -> str | None:
    return None if at is None else at.isoformat()


cycle_of: Callable[[CycleStatus], Cycle] = attrgetter("_cycle")
"""The cycle that a status describes."""
result_of: Callable[[CycleStatus], CycleResult] = attrgetter("_result")
"""What the cycle was evaluated to, in integers of microseconds."""
evaluator_of: Callable[[CycleStatus], Evaluator] = attrgetter("_evaluator")
"""The evaluator of the cycle's metric."""
_coming_of: Callable[[CycleStatus], list[tuple[int, Mark]]] = methodcaller("_coming")


def alarms_of(status: CycleStatus) -> list[tuple[int, Alarm]]:
    """The warnings of a cycle that are certain, with their instants, in order."""
    show = result_of(status).clock.zone.datetime
    return [
        (at, Alarm(at=show(at), threshold=text, name=name))
        for at, text, name in _warnings_of(status)
    ]


def _warnings_of(status: CycleStatus) -> list[tuple[int, str, str]]:
    """The instants, thresholds and names of the warnings that are certain, in order."""
    result = result_of(status)
    if result.due_dates is None:
        return []
    is_paused = status.is_paused
    return sorted(
        (instant.at, str(warning.at), warning.name)
        for instant, warning in evaluator_of(status).warnings(cycle_of(status), result.due_dates)
        if not (is_paused and instant.moves_with_pause)
    )


def _find_coming(status: CycleStatus) -> list[tuple[int, Mark]]:
    """The warnings, due date and limit of a cycle that are certain, with their instants."""
    result, grace = result_of(status), evaluator_of(status).grace
    due_dates = result.due_dates
    if due_dates is None:
        return []
    coming, counts = list[tuple[int, Mark]](), dict[str, int]()
    for at, threshold, name in sorted(_warnings_of(status), key=itemgetter(2)):
        counts[threshold] = count = counts.get(threshold, 0) + 1
        coming.append((at, Mark("warning", name or threshold, threshold, count)))
    due, limit = due_dates.due, due_dates.limit
    if not (status.is_paused and due.moves_with_pause):
        coming.append((due.at, Mark("due")))
        if limit.at > due.at:
            coming.append((due.at + grace, Mark("late")))
    if not (status.is_paused and limit.moves_with_pause):
        if limit.at > due.at:
            coming.append((limit.at, Mark("limit")))
        coming.append((limit.at + grace, BREACHED))
    # In order of time; the due date comes before what follows from it at the same instant.
    return sorted(coming, key=itemgetter(0))


def change_of(status: CycleStatus, at: int, mark: Mark) -> Change:
    """A change of a cycle."""
    show, metric, cycle = result_of(status).clock.zone.datetime, status.metric, status.cycle
    kind, name, threshold, _ = mark
    key = mark.key_of(evaluator_of(status).key, cycle) if kind in NOTICES else ""
    return Change(show(at), kind, metric, cycle, name, threshold, key)


def changes_of(
    status: CycleStatus, after: int, until: int, hours_until: int
) -> list[tuple[int, Change]]:
    """What changes by itself after one instant and up to another, as far as it is certain.

    Args:
        status: The status of a cycle.
        after: The instant after which.
        until: The last instant of warnings, due dates and limits.
        hours_until: The last instant of openings and closings.
    """
    changes = [
        (at, change_of(status, at, mark)) for at, mark in _coming_of(status) if after < at <= until
    ]
    return changes + hours_of(status, after, hours_until)


def next_of(status: CycleStatus, after: int) -> tuple[int, Change] | None:
    """The first of what `changes_of` finds after an instant, without openings and closings."""
    for at, mark in _coming_of(status):
        if at > after:
            return at, change_of(status, at, mark)
    return None


def hours_of(status: CycleStatus, after: int, until: int) -> list[tuple[int, Change]]:
    """The openings and closings of a cycle's calendar after one instant and up to another."""
    changes: list[tuple[int, Change]] = []
    clock = result_of(status).clock
    if result_of(status).due_dates is not None and clock.part.by_hours and after < until:
        for opens, closes in clock.calendar.timeline.spans(after, until + 1):
            if opens > after:
                changes.append((opens, change_of(status, opens, Mark("opens"))))
            if closes <= until:
                changes.append((closes, change_of(status, closes, Mark("closes"))))
    return changes


def passed_of(status: CycleStatus) -> list[Mark]:
    """The warnings, due date and limit of a cycle that have come, in order.

    A breached cycle is late no longer.
    """
    end = result_of(status).end
    passed = [mark for at, mark in _coming_of(status) if at <= end]
    if BREACHED in passed and _LATE in passed:
        passed.remove(_LATE)
    return passed


_LATE = Mark("late")


class Status(Mapping[str, CycleStatus]):
    """The status of a ticket at an instant: by metric, the status of its current cycle.

    `Clock.status` returns it. It is a mapping: ``status["response"]``, ``status.items()``; earlier
    cycles are in `cycles`.

    Attributes:
        policy: The name of the policy.
        covered: Whether the contract covers the ticket.
        coverage_note: What the policy says about coverage; the empty string if nothing.
    """

    __module__ = "slacalc"

    __slots__ = ("_at", "_cycles", "_zone", "coverage_note", "covered", "policy")

    def __init__(
        self,
        policy: str,
        at: int,
        zone: Zone,
        cycles: dict[str, tuple[CycleStatus, ...]],
        *,
        covered: bool,
        coverage_note: str,
    ) -> None:
        self.policy, self._at, self._zone, self._cycles = policy, at, zone, cycles
        self.covered, self.coverage_note = covered, coverage_note

    @property
    def as_of(self) -> pendulum.DateTime:
        """The instant, in the zone of the policy's calendar."""
        return self._zone.datetime(self._at)

    def cycles(self, metric: str) -> tuple[CycleStatus, ...]:
        """All cycles of a metric, in order; the last one is the current one.

        Raises:
            UnknownMetricError: The policy has no such metric.
        """
        try:
            return self._cycles[metric]
        except KeyError:
            raise unknown_metric(metric, self._cycles, self.policy) from None

    def __getitem__(self, metric: str) -> CycleStatus:
        try:
            return self._cycles[metric][-1]
        except KeyError:
            raise unknown_metric(metric, self._cycles, self.policy) from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._cycles)

    def __len__(self) -> int:
        return len(self._cycles)

    def __contains__(self, metric: object) -> bool:
        return metric in self._cycles

    def to_dicts(self) -> list[dict[str, Any]]:
        """A plain dictionary for each cycle of each metric, as `CycleStatus.to_dict` returns it."""
        return [status.to_dict() for cycles in self._cycles.values() for status in cycles]

    def to_dict(self) -> dict[str, Any]:
        """The status as plain data, ready for JSON: its attributes, and the list of `to_dicts`.

        Example:
            >>> from slacalc import Policy
            >>> policy = Policy("desk", metrics={"resolution": {"stop": "resolved"}})
            >>> clock = policy.open({}, "2026-05-18T09:00:00Z")
            >>> data = clock.status("2026-05-18T10:00:00Z").to_dict()
            >>> data["policy"], data["as_of"], [cycle["state"] for cycle in data["cycles"]]
            ('desk', '2026-05-18T10:00:00+00:00', ['no target'])
        """
        return {
            "policy": self.policy,
            "as_of": self.as_of.isoformat(),
            "covered": self.covered,
            "coverage_note": self.coverage_note,
            "cycles": self.to_dicts(),
        }

    @staticmethod
    def json_schema() -> dict[str, Any]:
        """The JSON Schema of what `to_dict` returns."""
        from slacalc._clock.json_schemas import SCHEMAS  # noqa: PLC0415 - rarely needed

        return deepcopy(SCHEMAS["Status"])

    def to_html(self, *, language: str = "en") -> str:
        """The status as an HTML table of the cycles; notebooks show it this way by themselves.

        Args:
            language: The language of all words but the policy's own, such as ``"en"`` or ``"zh"``.
        """
        from slacalc._html.status import status_html  # noqa: PLC0415 - not needed until it is shown

        return status_html(self, language=language)

    def _repr_html_(self) -> str:
        return self.to_html()

    def __repr__(self) -> str:
        cycles = "; ".join(map(str, self.values()))
        return f"<Status of {self.policy} as of {self.as_of.isoformat()}: {cycles}>"

    def __str__(self) -> str:
        return "\n".join(
            [ENGLISH.instant(self.as_of), *(f"  {status}" for status in self.values())]
        )
