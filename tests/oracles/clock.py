"""A naive reader of clocks, which answers how targets stand and knows nothing of the product.

Every question is answered anew from the whole log: first the batches of events are worked off in
order of time, which leaves the cycles of each metric and a list of when which reason led; then
each cycle is evaluated by laying its pauses, one after the other, onto its targets. The
rules of a single unit are those of `policy_oracle`, and working time is counted on stretches that
are found by asking the walker of `oracle` cell by cell. All instants are microseconds from 1970 in
UTC; those of the log lie on the walker's grid, the instants of answers need not.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from itertools import groupby, pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.oracles.calendar import DAY, TooFarError
from tests.oracles.conditions import clause_holds, clause_words, names_in, text_of, with_kinds
from tests.oracles.policy import SIZES, LackingError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.oracles.calendar import Walker
    from tests.oracles.policy import Reader

Fields = dict[str, Any]
Event = tuple[int, str, Fields]
Clause = dict[str, Any]
Place = tuple[str, int]
Pause = tuple[int, int, str]
Stretch = tuple[int, int]
MatchedRow = list[tuple[Place, dict[str, Any]]]

DEFAULTS = {
    "stop": [],
    "pause": "paused",
    "resume": "resumed",
    "cancel": "cancelled",
    "reset": [],
}
REOPENED_BY_DEFAULT = ("resolved", "closed", "solved")
UNITS = ("hour", "minute", "second")  # of working time that can be used up at a closing
FOREVER = 10**18
PATIENCE = 60  # days that the walk on open stretches goes on for

OURS = {
    "exact_fit": "closing",
    "at_due": "met",
    "due_while_paused": "hidden",
    "due_after_stop": "kept",
    "pauses": "own_time",
    "on_change": "keep_elapsed",
    "on_reopen": "continue",
    "repeat": "never",
    "counts_from": "first",
}
_STATEMENTS = tomllib.loads(
    (Path(__file__).parents[1] / "data/helpdesk_semantics.toml").read_text()
)
PRODUCTS = {
    product: {switch: statement["value"] for switch, statement in statements.items()}
    for product, statements in _STATEMENTS.items()
}


# What is answered --------------------------------------------------------------------------------


@dataclass
class CycleAnswer:
    """How one cycle stands; None where there is no such instant or nothing to measure by."""

    state: str
    start: int | None = None
    due: int | None = None
    limit: int | None = None
    due_if_resumed: int | None = None
    elapsed: int | None = None
    remaining: int | None = None
    stopped_at: int | None = None
    cancelled_at: int | None = None
    breached_at: int | None = None
    paused: dict[str, int] = field(default_factory=dict)
    row: Place | None = None


@dataclass
class MetricAnswer:
    """The cycles of a metric in order, the current one last."""

    cycles: list[CycleAnswer]
    ever_breached: bool
    warnings_passed: list[tuple[int, str]]


# Semantics ---------------------------------------------------------------------------------------


def switches(semantics: str | dict[str, str]) -> dict[str, str]:
    """Every switch: what a policy says itself, else the product that it is like, else ours."""
    own = {"like": semantics} if isinstance(semantics, str) else semantics
    said = (PRODUCTS[own["like"]] if "like" in own else {}) | own
    return OURS | {"on_change_inside": said.get("on_change", OURS["on_change"])} | said


def mode(data: dict[str, Any], name: str, key: str) -> str:
    """How a metric goes about something: as it says itself, else as the policy's switch does."""
    metric = data["metrics"][name]
    switch = "on_change_inside" if key == "on_change" and "inside" in metric else key
    said: str = metric.get(key, switches(data.get("semantics", {}))[switch])
    return said


# Conditions --------------------------------------------------------------------------------------


def clauses(condition: Any) -> list[Clause]:
    """A condition, whose caps do not matter here, as the list of tables any of which may be met."""
    if isinstance(condition, dict) and "when" in condition:
        return clauses(condition["when"])
    if isinstance(condition, list):
        return [clause for one in condition for clause in clauses(one)]
    return [condition if isinstance(condition, dict) else {"event": condition}]


def on_fields(condition: Any) -> list[Clause]:
    """The clauses that ask the ticket alone."""
    return [clause for clause in clauses(condition) if "event" not in clause]


def on_events(condition: Any) -> list[Clause]:
    """The clauses that ask for an event."""
    return [clause for clause in clauses(condition) if "event" in clause]


def holds(clause: Clause, ticket: Fields) -> bool:
    """Whether a ticket is as a clause on fields says."""
    return clause_holds(clause, ticket.get)


def matches(clause: Clause, kind: str, fields: Fields, ticket: Fields) -> bool:
    """Whether an event is what a clause asks for; the ticket speaks where the event does not."""
    return clause["event"] == kind and clause_holds(
        clause, lambda name: fields[name] if name in fields else ticket.get(name)
    )


# Batches -----------------------------------------------------------------------------------------


@dataclass
class Batch:
    """The events of one instant, and the ticket before (None at the opening) and after them."""

    at: int
    events: list[tuple[str, Fields]]
    before: Fields | None
    after: Fields

    def rises(self, clause: Clause) -> bool:
        """Whether a clause on fields holds now and did not before."""
        return holds(clause, self.after) and not (
            self.before is not None and holds(clause, self.before)
        )

    def signals(self, condition: Any) -> list[str | Clause]:
        """What in the batch meets a condition: types of events, and clauses that rose."""
        found: list[str | Clause] = []
        for clause in clauses(condition):
            if "event" not in clause:
                found += [clause] if self.rises(clause) else []
            else:
                found += [
                    kind
                    for kind, fields in self.events
                    if matches(clause, kind, fields, self.after)
                ]
        return found


CONDITIONS = ("start", "stop", "pause", "resume", "cancel", "reset", "reopen", "held_by")


def typed(data: dict[str, Any]) -> dict[str, Any]:
    """The data of a policy, whose conditions of clocks know the kinds of the fields they name."""
    attributes = data.get("attributes", {})
    sections = {
        section: {
            name: {
                key: with_kinds(one, attributes) if key in CONDITIONS else one
                for key, one in part.items()
            }
            for name, part in data[section].items()
        }
        for section in ("metrics", "preconditions")
        if section in data
    }
    return data | sections


def fields_used(data: dict[str, Any]) -> set[str]:
    """The fields that belong to the ticket whatever event names them."""
    conditions = [
        one[key]
        for section in ("metrics", "preconditions")
        for one in data.get(section, {}).values()
        for key in CONDITIONS
        if key in one
    ]
    names = {
        name
        for condition in conditions
        for clause in on_fields(condition)
        for name in names_in(clause)
    }
    return names | set(data.get("attributes", {}))


def batches(clocks: Clocks, ticket: Fields, opened: int, events: list[Event]) -> Iterator[Batch]:
    """The opening, and then the events, instant by instant."""
    used = fields_used(clocks.data)
    given = {name: value for name, value in ticket.items() if value is not None}
    now = clocks.values(given)
    yield Batch(opened, [("created", dict(ticket))], None, now)
    for at, together in groupby(events, key=lambda event: event[0]):
        happened = [(kind, fields) for _, kind, fields in together]
        for kind, fields in happened:
            given |= {
                name: value
                for name, value in fields.items()
                if kind in ("created", "changed") or name in used
            }
        given = {name: value for name, value in given.items() if value is not None}
        if at == opened:  # its creation has been due_dates already
            happened = [(kind, fields) for kind, fields in happened if kind != "created"]
        before, now = now, clocks.values(given)
        yield Batch(at, happened, before, now)


# Cycles ------------------------------------------------------------------------------------------


@dataclass
class Terms:
    """What holds for a cycle from an instant on: targets, whence they count, what overrides them.

    They count from nowhere, None, until the cycle has begun.
    """

    since: int
    counted: int | None
    targets: MatchedRow
    override: tuple[int, int] | None = None


@dataclass
class Cycle:
    """One run of a clock; the last of its terms are the present ones."""

    terms: list[Terms]
    start: int | None = None
    ended: tuple[str, int] | None = None
    causes: list[str | Clause] = field(default_factory=list)
    gaps: list[Pause] = field(default_factory=list)
    dead: list[Stretch] = field(default_factory=list)  # between a stop and a reopening

    @property
    def phase(self) -> str:
        """Not started, going (running or paused), stopped or cancelled."""
        if self.ended is not None:
            return self.ended[0]
        return "not started" if self.start is None else "going"

    def begin(self, at: int) -> None:
        """Start, with the targets and the override that were waiting."""
        self.start, self.terms = at, [Terms(at, at, self.now.targets, self.now.override)]

    @property
    def now(self) -> Terms:
        """The present terms."""
        return self.terms[-1]


class Machine:
    """One metric's clock, worked through the batches phase by phase."""

    def __init__(self, clocks: Clocks, name: str) -> None:
        self.clocks, self.name = clocks, name
        self.metric: dict[str, Any] = clocks.data["metrics"][name]
        self.cycles: list[Cycle] = []
        self.ever_stopped = False
        self.starts_at_once = self.has_stopped_now = self.was_going = False
        self.begun_by_events: list[str] = []
        self.active: dict[str, int] = {}
        self.leading: list[tuple[int, list[str]]] = []  # by batch the reasons, the oldest first
        self.capped: list[set[str]] = []  # by batch, those of them that caps limit
        self.begun_by_own: set[str] = set()
        self.targets: MatchedRow = []

    @property
    def cycle(self) -> Cycle:
        """The current one."""
        return self.cycles[-1]

    def condition(self, key: str) -> Any:
        """What the policy says for the metric, else for the metric it is inside, else nothing."""
        return inherited(self.clocks.data, self.name, key)

    def mode(self, key: str) -> str:
        """How the metric goes about something."""
        return mode(self.clocks.data, self.name, key)

    # The phases of a batch, in their order

    def look(self, batch: Batch) -> None:
        """Read what the ticket is promised now; the first batch brings the first cycle."""
        self.targets = self.clocks.found(self.name, batch.after)
        self.starts_at_once = self.has_stopped_now = False
        if not self.cycles:
            self.cycles.append(Cycle([Terms(batch.at, None, self.targets)]))
        self.was_going = self.cycle.phase == "going"

    def stop(self, batch: Batch) -> None:
        """End what runs, and begin the next at once if the metric repeats by itself."""
        causes = batch.signals(self.condition("stop"))
        if causes and self.cycle.phase == "going":
            self.stop_at(batch.at, causes)

    def cancel(self, batch: Batch) -> None:
        """Make void what has not ended."""
        if batch.signals(self.condition("cancel")) and self.cycle.ended is None:
            self.cycle.ended = ("cancelled", batch.at)

    def reset(self, batch: Batch) -> None:
        """Wait for a new start; a cycle that runs is void."""
        if batch.signals(self.condition("reset")) and self.cycle.phase != "not started":
            if self.cycle.ended is None:
                self.cycle.ended = ("cancelled", batch.at)
            self.cycles.append(Cycle([Terms(batch.at, None, self.targets)]))
            start = self.metric.get("start", "created")
            self.starts_at_once = any(holds(one, batch.after) for one in on_fields(start))

    def reopen(self, batch: Batch) -> None:
        """Wake what was stopped or cancelled, as the metric's mode says."""
        cycle, mode = self.cycle, self.mode("on_reopen")
        if cycle.ended is None or mode == "final" or not self.reopens(batch):
            return
        how, ended = cycle.ended
        if how == "not owed" or not self.is_owed or (how == "stopped" and self.goes_on):
            return
        if cycle.start is None:
            cycle.ended = None
            cycle.terms = [Terms(batch.at, None, self.targets, cycle.now.override)]
        elif mode == "new_cycle":
            self.begin_new(batch.at)
        else:
            cycle.ended = None
            cycle.dead.append((ended, batch.at))
            if mode == "continue":
                cycle.gaps.append((ended, batch.at, how))
            self.change(batch.at, restart="keep_elapsed")

    # Until another metric has stopped

    @property
    def depth(self) -> int:
        """How many metrics stand between this one and one that is owed without end."""
        return 1 + self.clocks.machines[self.metric["until"]].depth if "until" in self.metric else 0

    @property
    def is_owed(self) -> bool:
        """Whether the metric that ends this one is not stopped, if there is one."""
        other = self.metric.get("until")
        return other is None or self.clocks.machines[other].cycle.phase != "stopped"

    @property
    def goes_on(self) -> bool:
        """Whether the next cycle begins by itself once this metric is owed again."""
        return "until" in self.metric and self.mode("repeat") in ("independent", "sequential")

    def settle(self, batch: Batch) -> None:
        """End what is no longer owed; begin anew what is owed again."""
        if not self.is_owed:
            if self.cycle.phase == "going":
                self.cycle.ended = ("not owed", batch.at)
        elif (
            self.goes_on
            and self.mode("on_reopen") != "final"
            and self.cycle.phase in ("not owed", "stopped")
        ):
            self.begin_new(batch.at)

    def retarget(self, batch: Batch) -> None:
        """Follow a change of what the ticket is promised."""
        if self.cycle.phase == "going":
            self.change(batch.at, restart="restart")
        elif self.cycle.phase == "not started":
            self.cycle.now.targets = self.targets

    def pause(self, batch: Batch) -> None:
        """Bring the reasons to pause up to date, in whatever phase the clock is."""
        self.begin_and_end_reasons(batch)
        reasons = self.reasons(batch.after)
        number = len(self.leading)  # of the batch, since those of one instant come in order too
        self.active = {reason: self.active.get(reason, number) for reason in reasons}
        ordered = sorted(self.active, key=lambda reason: self.active[reason])
        self.leading.append((batch.at, ordered))
        own = clauses(self.metric.get("pause", []))
        met = [one for one in on_fields(own) if holds(one, batch.after)]
        by_fields = {clause_words(one, batch.after) for one in met}
        self.capped.append((by_fields | self.begun_by_own) & set(ordered))

    def begin(self, batch: Batch) -> None:
        """Begin; then a stop that ended nothing yet ends what another event brought to life."""
        self.start(batch)
        if self.cycle.phase == "going" and not self.has_stopped_now:
            begins = self.givers(batch, "start", "reopen", "reset")
            stops = self.givers(batch, "stop")
            causes = batch.signals(self.condition("stop"))
            if causes and set(stops) - set(begins) and not self.was_going:
                self.stop_at(batch.at, causes)

    def givers(self, batch: Batch, *keys: str) -> list[int]:
        """The places of the events of a batch that meet conditions, or set a field of them."""
        wanted = []
        for key in keys:
            condition = self.metric.get("start", "created") if key == "start" else None
            condition = self.condition(key) if condition is None else condition
            if key == "reopen" and condition is None:
                condition = "reopened"
            wanted += clauses(condition)
        return [
            index
            for index, (kind, fields) in enumerate(batch.events)
            for clause in wanted
            if (
                matches(clause, kind, fields, batch.after)
                if "event" in clause
                else any(name in fields for name in names_in(clause))
            )
        ]

    def start(self, batch: Batch) -> None:
        """Begin, if the metrics that come first have been stopped."""
        signalled = batch.signals(self.metric.get("start", "created")) or self.starts_at_once
        machines = self.clocks.machines
        after = self.metric.get("starts_after", [])
        if not signalled or not all(machines[one].ever_stopped for one in after):
            return
        if not self.is_owed:
            return
        if self.cycle.phase == "not started":
            self.cycle.begin(batch.at)
        elif self.cycle.phase in ("stopped", "not owed") and self.mode("repeat") == "next_start":
            self.begin_new(batch.at)
        else:
            self.start_again(batch.at)
            return
        met = [one for one in on_fields(self.condition("stop")) if holds(one, batch.after)]
        if met:
            self.stop_at(batch.at, list(met))

    def override(self, batch: Batch) -> None:
        """Fix the due of the cycle that is now the current one, or give it back to its targets."""
        for kind, fields in batch.events:
            if kind == "overridden" and fields["metric"] == self.name:
                due, limit, now = fields["due"], fields.get("limit"), self.cycle.now
                fixed = None if due is None else (due, due if limit is None else limit)
                self.cycle.terms.append(Terms(batch.at, now.counted, now.targets, fixed))

    # What the phases are made of

    def stop_at(self, at: int, causes: list[str | Clause]) -> None:
        """Stop the current cycle, and begin the one that follows by itself."""
        repeat = self.mode("repeat")
        follows = self.clocks.due_at(self, at) if repeat == "sequential" else None
        stopped = self.cycle
        stopped.ended, stopped.causes = ("stopped", at), causes
        self.ever_stopped = self.has_stopped_now = True
        if repeat in ("independent", "sequential") and self.is_owed:
            self.begin_new(at if follows is None else follows)
            self.cycle.gaps = list(stopped.gaps)  # a sequential one may go back over them

    def begin_new(self, at: int) -> None:
        """Begin a cycle that is due_dates the ticket's present targets."""
        self.cycles.append(Cycle([Terms(at, None, self.targets)]))
        self.cycle.begin(at)

    def change(self, at: int, *, restart: str) -> None:
        """Give the current cycle the present targets, as the metric's mode says."""
        cycle, now = self.cycle, self.cycle.now
        mode = self.mode("on_change")
        mode = restart if mode == "restart" else mode
        assert cycle.start is not None
        if now.targets == self.targets:
            return
        if at <= cycle.start:
            now.targets = self.targets
        elif mode == "restart":
            cycle.ended = ("cancelled", at)
            self.begin_new(at)
        elif mode != "keep_original":
            counted = at if mode == "from_change" else now.counted
            cycle.terms.append(Terms(at, counted, self.targets, now.override))

    def start_again(self, at: int) -> None:
        """Count from a further start on, if the last one is what the metric counts from."""
        cycle, now = self.cycle, self.cycle.now
        if self.mode("counts_from") == "last" and cycle.phase == "going":
            assert cycle.start is not None
            if at > cycle.start:
                cycle.terms.append(Terms(at, at, now.targets, now.override))

    def reopens(self, batch: Batch) -> bool:
        """Whether the batch wakes the clock; by default only what could be woken up is."""
        wanted = self.condition("reopen")
        if wanted is not None:
            return bool(batch.signals(wanted))
        assert self.cycle.ended is not None
        return bool(batch.signals("reopened")) and (
            self.cycle.ended[0] == "cancelled"
            or any(
                cause in REOPENED_BY_DEFAULT
                if isinstance(cause, str)
                else not holds(cause, batch.after)
                for cause in self.cycle.causes
            )
        )

    # Reasons to pause

    def begin_and_end_reasons(self, batch: Batch) -> None:
        """Those that events begin, and then those that end."""
        conditions = pause_clauses(self.clocks.data, self.name)
        preconditions = self.clocks.preconditions(self.name)
        for kind, fields in batch.events:
            for clause in conditions:
                if "event" in clause and matches(clause, kind, fields, batch.after):
                    reason = fields.get("reason")
                    self.begun_by_events.append(kind if reason is None else text_of(reason))
                    self.begun_by_own.add(self.begun_by_events[-1])
            for name, condition in preconditions.items():
                if any(matches(one, kind, fields, batch.after) for one in on_events(condition)):
                    self.begun_by_events.append(name)
        resume = self.condition("resume")
        if any(batch.rises(clause) for clause in on_fields(resume)):
            self.begun_by_events = []
        for kind, fields in batch.events:
            if any(matches(clause, kind, fields, batch.after) for clause in on_events(resume)):
                ends = fields.get("reason")
                self.begun_by_events = [
                    one for one in self.begun_by_events if ends is not None and one != text_of(ends)
                ]
        self.begun_by_own &= set(self.begun_by_events)

    def reasons(self, ticket: Fields) -> list[str]:
        """All reasons to pause now; of those equally old the first one leads."""
        found = [
            clause_words(clause, ticket)
            for clause in pause_clauses(self.clocks.data, self.name)
            if "event" not in clause and holds(clause, ticket)
        ]
        for name, condition in self.clocks.preconditions(self.name).items():
            if any(holds(one, ticket) for one in on_fields(condition)):
                found.append(name)
        held_by = clauses(self.metric.get("held_by", []))
        if held_by and not any(holds(clause, ticket) for clause in held_by):
            found.append("not held by " + ", or ".join(clause_words(clause) for clause in held_by))
        return found + self.begun_by_events

    def pauses(self, cycle: Cycle, end: int) -> list[Pause]:
        """The pauses of a cycle up to an instant, with their reasons."""
        assert cycle.start is not None
        edges = {at for at, _ in self.leading} | {at for gap in cycle.gaps for at in gap[:2]}
        edges |= {at for stretch in self.ignored(cycle) for at in stretch}
        inner = sorted(at for at in edges if cycle.start < at < end)
        return [
            (begins, ends, reason)
            for begins, ends in pairwise([cycle.start, *inner, end])
            if begins < ends and (reason := self.reason_at(cycle, begins)) is not None
        ]

    def reason_at(self, cycle: Cycle, at: int) -> str | None:
        """Why a cycle is paused just after an instant; None if it is not."""
        for begins, ends, reason in cycle.gaps:
            if begins <= at < ends:
                return reason
        led = [number for number, (since, _) in enumerate(self.leading) if since <= at]
        if not led:
            return None
        reasons, capped = self.leading[led[-1]][1], self.capped[led[-1]]
        if any(begins <= at < ends for begins, ends in self.ignored(cycle)):
            reasons = [reason for reason in reasons if reason not in capped]
        return reasons[0] if reasons else None

    # Caps on pauses

    def ignored(self, cycle: Cycle) -> list[Stretch]:
        """The stretches in which a capped condition holds and no longer stops a cycle."""
        caps = self.metric.get("pause")
        if not isinstance(caps, dict) or "when" not in caps or cycle.start is None:
            return []
        over: list[Stretch] = []
        found: list[Stretch] = []
        since = spent = None
        for at, is_held, is_live in self.moments(cycle):
            until = None if since is None else self.used_up(caps, over, since)
            if since is not None and until is not None and until <= at:
                over.append((since, until))
                since, spent = None, until
            if since is not None and not (is_held and is_live):
                over += [(since, at)] if since < at else []
                since = None
            if spent is not None and not is_held:
                found.append((spent, at))
                spent = None
            if is_held and is_live and since is None and spent is None:
                until = self.used_up(caps, over, at)
                if len(over) >= caps.get("times", len(over) + 1) or (
                    until is not None and until <= at
                ):
                    spent = at
                else:
                    since = at
        until = None if since is None else self.used_up(caps, over, since)
        last = until if spent is None else spent
        return found if last is None else [*found, (last, FOREVER)]

    def moments(self, cycle: Cycle) -> list[tuple[int, bool, bool]]:
        """When it may change whether the capped condition holds and the cycle is alive, and both.

        The last batch of an instant counts.
        """
        assert cycle.start is not None
        ended = FOREVER if cycle.ended is None else cycle.ended[1]
        edges = {cycle.start, ended, *(at for stretch in cycle.dead for at in stretch)}
        edges |= {at for at, _ in self.leading}
        found = []
        for at in sorted(edge for edge in edges if cycle.start <= edge < FOREVER):
            batches_before = [n for n, (since, _) in enumerate(self.leading) if since <= at]
            is_held = bool(batches_before) and bool(self.capped[batches_before[-1]])
            is_dead = at >= ended or any(begins <= at < ends for begins, ends in cycle.dead)
            found.append((at, is_held, not is_dead))
        return found

    def used_up(self, caps: dict[str, Any], over: list[Stretch], since: int) -> int | None:
        """When a cap of a pause that lasts on is used up: the whole counts while it is paused."""
        found = []
        for key, before in (("at_most", []), ("in_all", over)):
            if key in caps:
                starts = [begins for begins, _ in before] + [since]
                runs = list(zip([ends for _, ends in before], starts[1:], strict=True))
                try:
                    at = self.clocks.rule(caps[key], starts[0])
                    found.append(self.clocks.moved(caps[key], at, runs, is_due=True))
                except TooFarError:
                    pass
        return min(found, default=None)


def inherited(data: dict[str, Any], name: str, key: str) -> Any:
    """A metric's condition: its own, else that of the metric it is inside, else the default."""
    metric = data["metrics"][name]
    if key in metric:
        return metric[key]
    return inherited(data, metric["inside"], key) if "inside" in metric else DEFAULTS.get(key)


def pause_clauses(data: dict[str, Any], name: str) -> list[Clause]:
    """A metric's own clauses, and then those of the metric it is inside."""
    metric = data["metrics"][name]
    if "inside" in metric:
        return clauses(metric.get("pause", [])) + pause_clauses(data, metric["inside"])
    return clauses(metric.get("pause", DEFAULTS["pause"]))


# Lengths -----------------------------------------------------------------------------------------


class Hours:
    """Working time on the stretches that the walker is open, found a day at a time."""

    def __init__(self, walker: Walker) -> None:
        self.walker = walker
        self._days: dict[int, list[Stretch]] = {}

    def stretches(self, day: int) -> list[Stretch]:
        """The open cells of a day in UTC, joined where they touch."""
        if day not in self._days:
            found: list[Stretch] = []
            for cell in range(day * DAY, (day + 1) * DAY, self.walker.step):
                if self.walker.is_open(cell):
                    touches = bool(found) and found[-1][1] == cell
                    begins = found.pop()[0] if touches else cell
                    found.append((begins, cell + self.walker.step))
            self._days[day] = found
        return self._days[day]

    def elapsed(self, start: int, end: int) -> int:
        """Working time between two instants."""
        return sum(
            max(0, min(closes, end) - max(opens, start))
            for day in range(start // DAY, end // DAY + 1)
            for opens, closes in self.stretches(day)
        )

    def add(self, start: int, work: int) -> int:
        """Walk on, stretch by stretch, until the work is done."""
        for day in range(start // DAY, start // DAY + PATIENCE):
            for opens, closes in self.stretches(day):
                begins = max(opens, start)
                if closes - begins >= work and closes > begins:
                    return begins + work
                work -= max(0, closes - begins)
        raise TooFarError


def parts(within: str) -> tuple[str, list[str]]:
    """A length as the single lengths the earliest or latest of which counts."""
    which, _, several_ = within.partition(" of ")
    return (
        (which, several_.split(", ")) if which in ("earliest", "latest") else ("earliest", [within])
    )


def counts_work(part: str) -> bool:
    """Whether a single length is one of working time, and so moved by working time alone."""
    return part == "at once" or "working" in part


def counts_by_clock(part: str) -> bool:
    """Whether a single length is so many working hours, minutes or seconds."""
    return part.split()[1] == "working" and part.split()[2].rstrip("s") in UNITS


def clipped(pauses: list[Pause], start: int, end: int) -> list[Pause]:
    """The stretches that lie, or as far as they lie, between two instants."""
    inside = [(max(begins, start), min(ends, end), reason) for begins, ends, reason in pauses]
    return [one for one in inside if one[0] < one[1]]


def joined(pauses: list[Pause]) -> list[Stretch]:
    """The stretches as they are laid on a target: those that touch are one."""
    found: list[Stretch] = []
    for begins, ends, _ in pauses:
        touches = bool(found) and found[-1][1] == begins
        found.append((found.pop()[0] if touches else begins, ends))
    return found


# Clocks ------------------------------------------------------------------------------------------


@dataclass
class DueDates:
    """What targets make due: due date and limit, and the row and the part that they come from."""

    due: int
    bound: int
    row: Place | None = None
    target: dict[str, Any] = field(default_factory=dict)
    part: str = ""


class Clocks:
    """Answers how the targets of a ticket stand, from the data of a policy and a log."""

    def __init__(self, reader: Reader) -> None:
        self.reader, self.data = reader, typed(reader.data)
        self.switches = switches(self.data.get("semantics", {}))
        self.hours = Hours(reader.walker)
        self.machines: dict[str, Machine] = {}
        self.opened, self.covered = 0, True
        self._rules: dict[tuple[str, int], int] = {}

    def answers(
        self, ticket: Fields, opened: int, events: list[Event], as_of: int
    ) -> dict[str, MetricAnswer]:
        """How each metric stands at an instant, by what had happened until then."""
        self.opened = opened
        self.covered = self.covers(ticket)
        self.machines = {name: Machine(self, name) for name in self.data["metrics"]}
        log = [event for event in events if event[0] <= as_of]
        for batch in batches(self, ticket, opened, log):
            self.work_off(batch)
        return {name: self.metric(name, as_of) for name in self.machines}

    def work_off(self, batch: Batch) -> None:
        """Let every metric do one phase before any does the next."""
        steps = (
            *(Machine.look, Machine.stop, Machine.cancel, Machine.reset, Machine.reopen),
            *(Machine.settle, Machine.retarget, Machine.pause, Machine.begin, Machine.settle),
            Machine.override,
        )
        for step in steps:
            for machine in sorted(self.machines.values(), key=lambda machine: machine.depth):
                step(machine, batch)

    def metric(self, name: str, as_of: int) -> MetricAnswer:
        """One metric's cycles, and what of the current one has been warned of."""
        machine = self.machines[name]
        if not self.covered:
            bare = [unmeasured(cycle, "not covered") for cycle in machine.cycles]
            return MetricAnswer(bare, ever_breached=False, warnings_passed=[])
        cycles = [self.evaluate(machine, cycle, as_of) for cycle in machine.cycles]
        ever = any(cycle.breached_at is not None for cycle in cycles)
        return MetricAnswer(cycles, ever, self.warnings_passed(machine, as_of))

    # The policy

    def values(self, ticket: Fields) -> dict[str, Any]:
        """The ticket's attributes as the policy writes their values, with what follows of them."""
        fields = dict(ticket)
        for name, attribute in self.data.get("attributes", {}).items():
            values = attribute if isinstance(attribute, list) else attribute.get("values", [])
            for value in values:
                if name in ticket and text_of(ticket[name]) == text_of(value):
                    fields[name] = value
        return fields | self.reader.values(fields)

    def found(self, name: str, ticket: Fields) -> MatchedRow:
        """The first row of each table that matches and promises something, if it is a figure."""
        if not self.covered:
            return []
        found: MatchedRow = []
        values = self.values(ticket)
        for table, rows in self.data["tables"].items():
            for index, row in enumerate(rows):
                if name in row["targets"] and self.reader.meets(
                    row.get("when", {}), values, self.opened
                ):
                    target = self.reader.scaled(row["targets"][name], name, values, self.opened)
                    found += [((table, index), target)] if "within" in target else []
                    break
        return found

    def covers(self, ticket: Fields) -> bool:
        """Whether the contract covers the ticket, of which only its tests are read."""
        terms = self.data.get("coverage", [])
        values = self.values({name: one for name, one in ticket.items() if one is not None})
        return not terms or any(self.may_meet(term.get("when", {}), values) for term in terms)

    def may_meet(self, when: dict[str, Any], values: dict[str, Any]) -> bool:
        """Whether tests are met, or might be if the ticket said more."""
        try:
            return self.reader.meets(when, values, self.opened)
        except LackingError:
            return True

    def preconditions(self, name: str) -> dict[str, Any]:
        """The preconditions of a metric, or of one that it is inside, each with its pause."""
        chain = [name]
        while "inside" in self.data["metrics"][chain[-1]]:
            chain.append(self.data["metrics"][chain[-1]]["inside"])
        return {
            key: one.get("pause", [])
            for key, one in self.data.get("preconditions", {}).items()
            if not one.get("metrics") or not set(chain).isdisjoint(one["metrics"])
        }

    # Dues

    def rule(self, part: str, start: int) -> int:
        """The due of a single length, as if nothing were paused."""
        if (part, start) not in self._rules:
            self._rules[part, start] = self.fitted(part, self.reader.due(part, start))
        return self._rules[part, start]

    def measure(self, part: str, start: int, end: int) -> int:
        """Working time for a length of working time, time that passes for the others."""
        return self.hours.elapsed(start, end) if counts_work(part) else end - start

    def move(self, part: str, start: int, length: int) -> int:
        """The instant so much later, measured alike."""
        return self.hours.add(start, length) if counts_work(part) else start + length

    def fitted(self, part: str, due: int) -> int:
        """A due; where its working time is used up at a closing, what the policy takes it for."""
        opens = self.switches["exact_fit"] == "next_opening" and counts_by_clock(part)
        return self.reader.walker.next_open(due) if opens else due

    def moved(self, part: str, at: int, pauses: list[Stretch], *, is_due: bool) -> int:
        """A due, or the instant of a warning, after the pauses that begin before it."""
        for begins, ends in pauses:
            if at <= begins:
                break
            length = self.measure(part, begins, ends)
            if self.switches["pauses"] == "wall_time":
                at += ends - begins
            elif length > 0:
                at = self.after_pause(part, at, length)
                at = self.fitted(part, at) if is_due else at
        return at

    def after_pause(self, part: str, due: int, length: int) -> int:
        """The due so much later; what was due at an opening is so at no closing."""
        walker, later = self.reader.walker, self.move(part, due, length)
        opening = walker.is_open(due) and not walker.is_open(due - 1)
        return walker.next_open(later) if counts_work(part) and opening else later

    def due(self, target: dict[str, Any], key: str, start: int, pauses: list[Stretch]) -> Any:
        """The due date of a length with its pauses, and the part of it that holds."""
        which, several_parts = parts(target[key])
        moved = [
            self.moved(one, self.rule(one, start), pauses, is_due=True) for one in several_parts
        ]
        dues = [
            (self.reader.rolled(one, at, start, target.get("roll", "")), one)
            for one, at in zip(several_parts, moved, strict=True)
        ]
        return (min if which == "earliest" else max)(dues, key=lambda pair: pair[0])

    def due_dates(self, terms: Terms, pauses: list[Pause]) -> DueDates | None:
        """What the terms of a cycle say with these pauses: the strictest of its targets."""
        found = []
        if terms.counted is not None:
            start = terms.counted
            stretches = joined([(max(b, start), e, why) for b, e, why in pauses if e > start])
            for row, target in terms.targets:
                due, part = self.due(target, "within", start, stretches)
                bound = self.due(target, "limit", start, stretches)[0] if "limit" in target else due
                found.append(DueDates(due, bound, row, target, part))
        fixed = terms.override
        if not found:
            return None if fixed is None else DueDates(*fixed, part="0 working hours")
        first = min(found, key=lambda one: one.due)
        bound = min(one.bound for one in found)
        due, bound = (first.due, bound) if fixed is None else fixed
        return DueDates(due, bound, first.row, first.target, first.part)

    def due_dates_now(self, machine: Machine, cycle: Cycle, end: int) -> DueDates | None:
        """The same at an instant; while it pauses, by the row that held when that began."""
        due_dates = self.due_dates(cycle.now, machine.pauses(cycle, end))
        if due_dates is None or cycle.ended is not None or not machine.reason_at(cycle, end):
            return due_dates
        then = self.due_dates(cycle.now, machine.pauses(cycle, pause_began(machine, cycle, end)))
        assert then is not None
        return DueDates(due_dates.due, due_dates.bound, then.row, then.target, then.part)

    def due_at(self, machine: Machine, at: int) -> int | None:
        """When the current cycle of a machine would be due, as it stands at an instant."""
        cycle = machine.cycle
        due_dates = self.due_dates(cycle.now, machine.pauses(cycle, at))
        return None if due_dates is None else due_dates.due

    # Evaluation

    def evaluate(self, machine: Machine, cycle: Cycle, as_of: int) -> CycleAnswer:
        """How a cycle stands."""
        answer = unmeasured(cycle, cycle.phase)
        if cycle.start is None:
            return answer
        end = as_of if cycle.ended is None else cycle.ended[1]
        pauses = machine.pauses(cycle, end)
        due_dates = self.due_dates_now(machine, cycle, end)
        if due_dates is None:
            answer.state = "no target"
            answer.breached_at = self.breached_at(machine, cycle, end)
            return answer
        paused = cycle.ended is None and bool(machine.reason_at(cycle, end))
        floats = floating_after(machine, cycle, end)
        answer.state = self.state(cycle, due_dates, end, floats, paused=paused)
        answer.row = due_dates.row
        self.measured(answer, cycle, due_dates, pauses, end)
        answer.due, answer.limit = shown(due_dates.due, due_dates.bound)
        if floats is not None:
            self.pause_shown(answer, machine, cycle, due_dates, floats)
        if cycle.ended is not None and self.switches["due_after_stop"] == "hidden":
            answer.due = answer.limit = None
        answer.breached_at = self.breached_at(machine, cycle, end)
        return answer

    def state(
        self, cycle: Cycle, due_dates: DueDates, as_of: int, floats: int | None, *, paused: bool
    ) -> str:
        """How a cycle that has begun and has a target stands."""
        how, end = cycle.ended or ("", as_of)
        if how == "cancelled":
            return how
        if self.is_past(due_dates.bound, end, floats):
            return "breached"
        if self.is_past(due_dates.due, end, floats):
            return "late"
        if how in ("stopped", "not owed"):
            return "met" if how == "stopped" else how
        return "paused" if paused else "running"

    def is_past(self, due: int, end: int, floats: int | None) -> bool:
        """Whether it is too late by an instant for what was due; it never is for what floats."""
        if floats is not None and due > floats:
            return False
        return due <= end if self.switches["at_due"] == "breached" else due < end

    def pause_shown(
        self, answer: CycleAnswer, machine: Machine, cycle: Cycle, due_dates: DueDates, begins: int
    ) -> None:
        """What moves with a pause is shown as if resumed, and hidden or kept as it was."""
        if due_dates.due > begins:
            answer.due, answer.due_if_resumed = None, due_dates.due
        if due_dates.bound > begins:
            answer.limit = None
        if self.switches["due_while_paused"] == "kept":
            then = self.due_dates(cycle.now, machine.pauses(cycle, begins))
            assert then is not None
            answer.due, answer.limit = shown(then.due, then.bound)

    def measured(
        self, answer: CycleAnswer, cycle: Cycle, due_dates: DueDates, pauses: list[Pause], end: int
    ) -> None:
        """Fill in what has passed, what is left, and how long it was paused by reason."""
        start = cycle.now.counted
        assert start is not None

        def worked(until: int) -> int:
            if until <= start:
                return 0
            paused = clipped(pauses, start, until)
            return self.measure(due_dates.part, start, until) - sum(
                self.measure(due_dates.part, begins, ends) for begins, ends, _ in paused
            )

        answer.elapsed = max(0, worked(end))
        answer.remaining = worked(due_dates.due) - answer.elapsed
        for begins, ends, reason in pauses:
            length = self.measure(due_dates.part, begins, ends)
            if length > 0:
                answer.paused[reason] = answer.paused.get(reason, 0) + length

    def breached_at(self, machine: Machine, cycle: Cycle, end: int) -> int | None:
        """The first instant on record past which any of a cycle's terms was breached."""
        bounds = []
        for index, terms in enumerate(cycle.terms):
            later = cycle.terms[index + 1 :]
            until = min([end, *(one.since for one in later[:1])])
            if later and until <= terms.since:
                continue  # they never held
            due_dates = self.due_dates(terms, machine.pauses(cycle, until))
            if due_dates is not None:
                floats = floating_after(machine, cycle, end)
                past = (
                    due_dates.bound < until
                    if later
                    else self.is_past(due_dates.bound, until, floats)
                )
                bounds += [due_dates.bound] if past else []
        return min(bounds, default=None)

    # Warnings

    def warnings_passed(self, machine: Machine, as_of: int) -> list[tuple[int, str]]:
        """The warnings of the current cycle up to its end, in order of time."""
        cycle = machine.cycle
        if cycle.start is None:
            return []
        end = as_of if cycle.ended is None else cycle.ended[1]
        due_dates = self.due_dates_now(machine, cycle, end)
        if due_dates is None:
            return []
        metric = machine.metric.get("warnings", self.data.get("warnings", []))
        passed = []
        for warning in due_dates.target.get("warnings", metric):
            text = warning["at"] if isinstance(warning, dict) else warning
            at = self.warning(machine, text, due_dates, end)
            counted = cycle.now.counted
            assert counted is not None
            if at is not None and max(at, counted) <= end:
                passed.append((max(at, counted), text))
        return sorted(passed, key=lambda pair: pair[0])

    def warning(self, machine: Machine, text: str, due_dates: DueDates, end: int) -> int | None:
        """The instant of a warning as it stands at the end; None where it is not reached."""
        words = text.split()
        if words[-1] == "%":
            return self.share(machine, int(words[0]), due_dates, end)
        walker = self.reader.walker
        length = int(words[0]) * SIZES[words[-2].removesuffix("s")]
        if words[-1] == "after":
            return (
                walker.add(due_dates.due, length) if "working" in words else due_dates.due + length
            )
        return self.before(machine, length, end, working="working" in words)

    def before(self, machine: Machine, length: int, end: int, *, working: bool) -> int | None:
        """So long before the due; what falls into a pause comes as the pause ends."""
        cycle = machine.cycle
        at = cycle.now.counted
        assert at is not None
        while at <= end:  # nothing comes before this, since a due only ever moves to later
            then = self.due_dates(cycle.now, machine.pauses(cycle, at))
            assert then is not None
            walker = self.reader.walker
            moment = walker.subtract(then.due, length) if working else then.due - length
            if cycle.now.override is not None:
                return moment
            if moment <= at:
                return moment if at == cycle.now.counted else at
            at = moment
            for begins, ends in joined(machine.pauses(cycle, end)):
                if begins < at < ends or (begins < at == ends == end):
                    lasts = cycle.ended is None and bool(machine.reason_at(cycle, end))
                    at = ends + (ends == end and lasts)
        return None

    def share(self, machine: Machine, percent: int, due_dates: DueDates, end: int) -> int | None:
        """When so much of the target has passed; where its due is fixed, that is fixed too."""
        cycle, part = machine.cycle, due_dates.part
        start = cycle.now.counted
        assert start is not None
        fixed = cycle.now.override is not None
        roll = due_dates.target.get("roll", "")
        rolled = self.reader.rolled(part, self.rule(part, start), start, roll)
        due = due_dates.due if fixed else rolled
        total = self.measure(part, start, due) if due > start else 0
        at = self.move(part, start, total * percent // 100)
        if "of working day" in part and part[0].isdigit() and percent <= 100:
            at = min(at, due)  # which may come before the day opens
        if fixed:
            return at
        pauses = clipped(machine.pauses(cycle, end), start, end)
        at = self.moved(part, at, joined(pauses), is_due=False)
        at = min(at, due_dates.due) if roll and percent <= 100 else at
        is_paused = cycle.ended is None and bool(machine.reason_at(cycle, end))
        return None if is_paused and at > pause_began(machine, cycle, end) else at


def unmeasured(cycle: Cycle, state: str) -> CycleAnswer:
    """What is known of a cycle without any target."""
    how, at = cycle.ended or ("", None)
    return CycleAnswer(
        state,
        start=cycle.start,
        stopped_at=at if how == "stopped" else None,
        cancelled_at=at if how == "cancelled" else None,
    )


def shown(due: int, bound: int) -> tuple[int, int | None]:
    """A due, and the bound as the limit where it is later."""
    return due, bound if bound > due else None


def pause_begins(pauses: list[Pause], as_of: int) -> int:
    """Since when a clock that is paused at an instant has been so without a break."""
    before = joined(pauses)
    return before[-1][0] if before and before[-1][1] == as_of else as_of


def pause_began(machine: Machine, cycle: Cycle, end: int) -> int:
    """Since when a cycle has been paused without a break, as far as its present terms count it."""
    assert cycle.now.counted is not None
    return max(pause_begins(machine.pauses(cycle, end), end), cycle.now.counted)


def floating_after(machine: Machine, cycle: Cycle, end: int) -> int | None:
    """The instant after which what is due moves with the pause; None if nothing does."""
    if cycle.ended is not None or cycle.now.override is not None:
        return None
    if not machine.reason_at(cycle, end):
        return None
    return pause_began(machine, cycle, end)
