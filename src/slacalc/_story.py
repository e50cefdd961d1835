"""What a report tells, as plain data: judged tickets counted in every way that a page shows.

Nothing here knows of HTML or of a language. All parts are made from one answer, so that they agree;
what cannot be counted is told as well, with the reason.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

from slacalc._attainment import Asked, metrics_of, shares
from slacalc._categories import coded
from slacalc._clock import replay as replay_one
from slacalc._columns import choice, read_lengths
from slacalc._cycle import Signal
from slacalc._events import CREATED
from slacalc._instant import to_instant, to_utc, zone
from slacalc._kernel import MISSING
from slacalc._logs import TICKET, TYPE, Table, read_log, tickets_in
from slacalc._made import listed, taken
from slacalc._orders import START, STOP
from slacalc._outcomes import CODE, LEFT_OUT, Answers
from slacalc._pairs import base_of_log, base_of_tickets, kind_of_log, words_of
from slacalc._replay import Values, replay
from slacalc._shares import Objectives
from slacalc._sheet import Sheet
from slacalc._tickets import evaluate
from slacalc._traits import Reading, with_index
from slacalc.errors import ColumnError, ReportError, SlacalcError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from slacalc._arrays import Integers
    from slacalc._attainment import Shares
    from slacalc._instant import Zone
    from slacalc._periods import Period
    from slacalc._policy import Policy
    from slacalc._traits import Which

_MOST_GROUPED = 3  # attributes by which tickets are grouped where nothing is said
_PAST_DUE = ("late", "breached")


class Options(NamedTuple):
    """What a report is to tell, as `slacalc.report.page` has it."""

    by: tuple[str, ...] | None = None
    period: Period | None = "month"
    at: str = "created"
    time_zone: str | None = None
    objective: Any = None
    metrics: tuple[str, ...] | None = None
    kind: Literal["tickets", "events"] | None = None
    which: Which = "last"
    columns: Mapping[str, str | None] | None = None
    naive: str | None = None
    confidence: float = 0.95
    worst: int = 15

    @property
    def reading(self) -> Reading:
        """How the table is read."""
        return Reading(self.columns, self.naive, self.which)


class Share(NamedTuple):
    """One row of `attainment`.

    Args:
        metric: The metric.
        values: The values of the group.
        period: The period, as text; None where there is none.
        number: Its number.
        total, decided, met, late, breached, open, unjudged: Counts.
        left_out: Counts by state.
        attainment, low, high: The share, and its interval; None where nothing is decided.
        objective: What was promised; None for nothing.
        reached: Whether the share is that.
        verdict: What the interval says of it.
    """

    metric: str
    values: tuple[Any, ...]
    period: str | None
    number: int
    total: int
    decided: int
    met: int
    late: int
    breached: int
    open: int
    unjudged: int
    left_out: dict[str, int]
    attainment: float | None
    low: float | None
    high: float | None
    objective: float | None
    reached: bool | None
    verdict: str | None


class Breach(NamedTuple):
    """A ticket that was past its due.

    Args:
        ticket: What it is called.
        metric: Of which promise.
        cycle: Which of its cycles; None for a table of tickets.
        values: The values by which tickets are grouped.
        state: ``"late"`` or ``"breached"``.
        created: When it came in.
        due: When it was due.
        elapsed, over: The time that it took, and by how much that is too long, in microseconds.
        place: The row of its ticket.
    """

    ticket: Any
    metric: str
    cycle: int | None
    values: tuple[Any, ...]
    state: str
    created: int
    due: int
    elapsed: int
    over: int
    place: int


class Unmeasured(NamedTuple):
    """A metric of which the data do not tell when it was stopped.

    Args:
        metric: The metric.
        events: What would stop it; nothing at all where the policy says nothing.
    """

    metric: str
    events: tuple[str, ...]


class Problem(NamedTuple):
    """Tickets that cannot be judged, for one reason.

    Args:
        message: The reason.
        total: How many there are.
        tickets: Some of them.
    """

    message: str
    total: int
    tickets: tuple[Any, ...]


class Story(NamedTuple):
    """What a report tells.

    Args:
        policy: The policy.
        kind: Whether it is of tickets, or of events.
        as_of: As of when; None where each ticket was judged as of its last event.
        zone: The zone of its times and periods.
        tickets: How many there are.
        first, last: When the first and the last one came in.
        by: By what they are grouped.
        totals: How promises were kept, by metric.
        groups: The same by each attribute: its name, and the shares.
        crossed: The same by the first two attributes together.
        periods: The same by period.
        breaches: The worst breaches.
        why: The due date of the worst one of them explained, and whose it is; else None.
        unmeasured: Metrics of which nothing is known.
        problems: What cannot be judged.
        is_numbered: Whether tickets go by the places of their rows, since they bear no names.
    """

    policy: Policy
    kind: Literal["tickets", "events"]
    as_of: int | None
    zone: Zone
    tickets: int
    first: int | None
    last: int | None
    by: tuple[str, ...]
    totals: list[Share]
    groups: list[tuple[str, list[Share]]]
    crossed: list[Share]
    periods: list[Share]
    breaches: list[Breach]
    why: tuple[Breach, str] | None
    unmeasured: list[Unmeasured]
    problems: list[Problem]
    is_numbered: bool


# Telling ------------------------------------------------------------------------------------------


class Teller:
    """Judges a table under a policy, and tells of it.

    Args:
        policy: The policy.
        log: A table of tickets or of events.
        as_of: As of when.
        options: What is to be told.

    Raises:
        SlacalcError: The table cannot be judged, or what is asked for is not there.
    """

    def __init__(
        self, policy: Policy, log: Any, as_of: datetime | str | None, options: Options
    ) -> None:
        self._policy, self._log, self._options = policy, log, options
        self.kind = options.kind or kind_of_log(log, options.columns)
        choice(self.kind, "kind", ("tickets", "events"))
        self._as_of = None if as_of is None else to_instant(as_of)
        if self.kind == "events":
            self._answer_events(as_of)
        else:
            self._answer_tickets(as_of)
        self.zone = zone(options.time_zone) if options.time_zone else policy._matcher.zone
        self.metrics, self.unmeasured = self._measured()
        self.by = self._groups()

    def _answer_tickets(self, as_of: datetime | str | None) -> None:
        if as_of is None:
            msg = "as_of is missing: say as of when the tickets are judged"
            raise ReportError(msg, argument="as_of", given=None)
        reading = self._options.reading
        named = dict(reading.columns or {})
        of_ticket = named.pop(TICKET, TICKET)
        known = words_of(self._policy)
        self._sheet = Sheet(self._log, named, known)  # which refuses what the policy does not know
        answer = evaluate(
            self._policy, self._log, as_of, columns=named, naive=reading.naive, errors="column"
        )
        sheet = Sheet(answer, None, ())
        size = len(coded(sheet.column("error")).codes)
        whole = reading._replace(columns=named)
        self._base = base_of_tickets((self._policy,), answer, of_ticket, size, whole)
        self.is_numbered = of_ticket is None or of_ticket not in sheet.names
        self._whose = np.arange(size)
        self._answer = self._base

    def _answer_events(self, as_of: datetime | str | None) -> None:
        reading = self._options.reading
        named = {word: name for word, name in (reading.columns or {}).items() if name is not None}
        until = None if self._as_of is None else self._as_of
        answer = replay(
            self._policy, self._log, as_of, columns=named, naive=reading.naive, errors="column"
        )
        self._base = base_of_log((self._policy,), self._log, reading._replace(until=until))
        sheet = Sheet(answer, None, ())
        self._whose, _ = tickets_in(sheet.column(TICKET))
        self.is_numbered = False
        more = [name for name in self._base.names if name != TICKET and name not in sheet.names]
        self._answer = Sheet(
            sheet.with_columns(
                with_index(
                    sheet,
                    {name: taken(self._base.column(name), self._whose) for name in more},
                )
            ),
            None,
            (),
        )

    @property
    def _given(self) -> Any:
        """The answer as its library has it."""
        return self._answer.native

    # Metrics and groups --------------------------------------------------------------------------

    def _measured(self) -> tuple[tuple[str, ...], list[Unmeasured]]:
        """The metrics that count, and those that the data say nothing of."""
        if self._options.metrics is not None:
            known = metrics_of(self._policy)
            for name in self._options.metrics:
                if name not in known:
                    clause, _ = did_you_mean(name, known)
                    msg = f"metrics: the policy has no metric {name!r}{clause}"
                    raise ReportError(msg, argument="metrics", given=name)
            return self._options.metrics, []
        there = self._heard()
        measured, lacking = [], []
        for name in metrics_of(self._policy):
            stops, by_fields = self._stops(name)
            if there & {*stops, name + STOP} or (by_fields and self.kind == "events"):
                measured.append(name)
            else:
                lacking.append(Unmeasured(name, tuple(stops)))
        if not measured:
            events = dict.fromkeys(event for one in lacking for event in one.events)
            what = "columns" if self.kind == "tickets" else "events"
            msg = (
                f"nothing in the table tells whether a promise was kept: it has no {what} such as "
                f"{', '.join(events) or 'those that would stop a metric'}; where they are called "
                "otherwise, say so with columns"
            )
            raise ReportError(msg, argument="log", given=sorted(there))
        return tuple(measured), lacking

    def _heard(self) -> set[str]:
        """The events of which the data tell."""
        if self.kind == "tickets":
            return {name for name in words_of(self._policy) if name in self._sheet}
        named = {word: name for word, name in (self._options.columns or {}).items() if name}
        kinds = Table(self._log, named).keys[TYPE]
        return {str(one) for one in coded(getattr(kinds, "to_native", lambda: kinds)()).values}

    def _stops(self, name: str) -> tuple[list[str], bool]:
        """The events that stop a metric, and whether fields of tickets do, too."""
        latest = self._policy._complete[-1] if self._policy.versions else self._policy
        gears = latest._machine.gears
        gear = next((one for one in gears.all if one.name == name), None)
        if gear is None:
            return [], False
        events = [
            event
            for event, heard in gears.by_event.items()
            for place, signal, test in heard
            if place == gear.place
            and signal is Signal.STOP
            and (self.kind == "events" or not test.fields)
        ]
        by_fields = any(signal is Signal.STOP for signal, _ in gear._levels)
        return list(dict.fromkeys(events)), by_fields

    def _groups(self) -> tuple[str, ...]:
        """By what tickets are grouped: what was asked for, or what the promises depend on."""
        if self._options.by is not None:
            for name in self._options.by:
                if name not in self._answer:
                    known = [one for one in self._answer.names if one in self._base]
                    clause, _ = did_you_mean(name, known)
                    msg = f"by: the tickets have no column {name!r}{clause}"
                    raise ColumnError(msg, column=name, given=known)
            return self._options.by
        latest = self._policy._complete[-1] if self._policy.versions else self._policy
        asked = latest._matcher.asked
        found = []
        for name in latest.attributes:
            if name in asked and name in self._base:
                codes, _ = coded(self._base.column(name))
                if len(codes) and int(codes.min()) != int(codes.max()):
                    found.append(name)
        return tuple(found[:_MOST_GROUPED])

    # Counting ------------------------------------------------------------------------------------

    def shares(self, by: tuple[str, ...] = (), period: Period | None = None) -> list[Share]:
        """Attainment by metric and group; without the tickets of a log that have an error."""
        one = self._options
        asked = Asked(by, period, one.at, one.time_zone, self._policy, self.metrics).checked()
        found, _ = shares(iter([self._given]), asked, self._objective(by), one.confidence)
        return [row for row in _rows(found) if row.metric]

    def _objective(self, by: tuple[str, ...]) -> Any:
        """The objectives that a grouping can tell apart."""
        given = self._options.objective
        if not isinstance(given, Mapping):
            return given
        Objectives(given, None, None).check(metrics_of(self._policy), self.by)
        keys = {key: key if isinstance(key, tuple) else (key,) for key in given}
        return {
            key: given[key]
            for key, (metric, *values) in keys.items()
            if metric in self.metrics and len(values) <= len(by)
        }

    def told(self, language: str) -> Story:
        """All of it."""
        options = self._options
        created = self._created(self._base)
        known = created[created != MISSING]
        breaches = self._breaches()
        return Story(
            policy=self._policy,
            kind=self.kind,
            as_of=self._as_of,
            zone=self.zone,
            tickets=len(created),
            first=int(known.min()) if len(known) else None,
            last=int(known.max()) if len(known) else None,
            by=self.by,
            totals=self.shares(),
            groups=[(name, self.shares((name,))) for name in self.by],
            crossed=self.shares(self.by[:2]) if len(self.by) > 1 else [],
            periods=self.shares(period=options.period) if options.period else [],
            breaches=breaches,
            why=self._why(breaches, language),
            unmeasured=self.unmeasured,
            problems=self._problems(),
            is_numbered=self.is_numbered,
        )

    def _created(self, sheet: Sheet) -> Integers:
        values, _ = sheet.instants(CREATED, self._options.naive or "UTC", self.zone)
        return np.asarray(values)

    def _problems(self) -> list[Problem]:
        """Why tickets cannot be judged, the commonest reason first."""
        codes, texts = coded(self._answer.column("error"))
        bad = np.flatnonzero(codes >= 0)
        if not len(bad):
            return []
        counts = Counter(codes[bad].tolist())
        problems = []
        for code, count in sorted(counts.items(), key=lambda one: (-one[1], texts[one[0]])):
            rows = self._whose[bad[codes[bad] == code][:3]]
            names = listed(self._base.column(TICKET), rows)
            problems.append(Problem(texts[code], count, tuple(names)))
        return problems

    # Breaches ------------------------------------------------------------------------------------

    def _breaches(self) -> list[Breach]:
        """The worst breaches: those that are past due by most of their own time."""
        answers = Answers(self._given, self.metrics)
        found: list[tuple[int, int, int, str]] = []
        for part in answers.parts():
            wanted = np.isin(part.state, [CODE[one] for one in _PAST_DUE])
            if part.metrics is not None:
                wanted &= part.metrics.codes >= 0
            rows = np.flatnonzero(wanted)
            left = read_lengths(self._answer.column(answers.named(part, "remaining")), "remaining")
            remaining = np.asarray(left.values)[rows]
            rows, remaining = rows[remaining < 0], remaining[remaining < 0]
            told = remaining != MISSING
            rows, remaining = rows[told], remaining[told]
            worst = np.lexsort((rows, remaining))[: self._options.worst]
            for place in worst.tolist():
                row = int(rows[place])
                metric = part.metric or answers.metrics[int(part.metrics.codes[row])]  # type: ignore[union-attr]
                found.append((int(remaining[place]), row, int(part.state[row]), metric))
        found.sort()
        return [self._breach(answers, *one) for one in found[: self._options.worst]]

    def _breach(
        self, answers: Answers, remaining: int, row: int, state: int, metric: str
    ) -> Breach:
        """One of them, from its row."""
        prefix = "" if answers.is_long else f"{metric}_"
        here, options, sheet = np.array([row]), self._options, self._answer

        def instant(name: str) -> int:
            one = Sheet({name: taken(sheet.column(name), here)}, None, ())
            values, _ = one.instants(name, options.naive or "UTC", self.zone)
            return int(np.asarray(values)[0])

        (elapsed,) = np.asarray(
            read_lengths(taken(sheet.column(f"{prefix}elapsed"), here), "elapsed").values
        )
        cycle = listed(sheet.column("cycle"), here)[0] if answers.is_long else None
        place = int(self._whose[row])
        return Breach(
            ticket=listed(self._base.column(TICKET), np.array([place]))[0],
            metric=metric,
            cycle=None if cycle is None else int(cycle),
            values=tuple(listed(sheet.column(name), here)[0] for name in self.by),
            state=next(word for word, code in CODE.items() if code == state),
            created=instant(CREATED),
            due=instant(f"{prefix}due"),
            elapsed=int(elapsed),
            over=-remaining,
            place=place,
        )

    def _why(self, breaches: list[Breach], language: str) -> tuple[Breach, str] | None:
        """The first of some breaches that can be explained, and the explanation."""
        for breach in breaches:
            try:
                text = (
                    self._why_of_log(breach, language)
                    if self.kind == "events"
                    else self._why_of_ticket(breach, language)
                )
            except SlacalcError:
                continue
            return breach, text
        return None

    def _why_of_ticket(self, breach: Breach, language: str) -> str:
        """Why a ticket of a table was due when it was."""
        row = np.array([breach.place])
        names = [name for name in words_of(self._policy) if name in self._sheet]
        ticket, since = {}, dict[str, Any]()
        version = self._policy._version(breach.created)
        for name in names:
            if name in version.attributes:
                (ticket[name],) = listed(self._sheet.column(name), row)
            elif name != CREATED and name in version._starts:
                one = Sheet({name: taken(self._sheet.column(name), row)}, None, ())
                values, _ = one.instants(name, self._options.naive or "UTC", self.zone)
                at = int(np.asarray(values)[0])
                if at != MISSING:
                    since[name] = to_utc(at)
            elif name == breach.metric + START:
                pass
        deadlines = self._policy.deadlines(ticket, to_utc(breach.created), since)
        return str(deadlines[breach.metric].explain(language=language))

    def _why_of_log(self, breach: Breach, language: str) -> str:
        """How a ticket of a log stands, and where its time went."""
        reading = self._options.reading
        named = {word: name for word, name in (reading.columns or {}).items() if name is not None}
        log = read_log(Table(self._log, named), reading.naive, self.zone, lambda _: True)
        clock = replay_one(self._policy, {}, Values(log).events(breach.place))
        at = clock.last_event_at if self._as_of is None else to_utc(self._as_of)
        cycle = clock.status(at).cycles(breach.metric)[(breach.cycle or 1) - 1]
        until = cycle.stopped_at or at
        return f"{cycle}\n{clock.ledger(breach.metric, until, language=language)}"


def _rows(found: Shares) -> Iterator[Share]:
    """The rows of attainment, one by one."""
    columns = {
        name: column.tolist() if isinstance(column, np.ndarray) else column
        for name, column in found.columns.items()
    }
    size = len(found.counts.metric)
    numbers = found.counts.period.tolist()
    for row in range(size):
        one = {name: column[row] for name, column in columns.items()}
        left = {state: one[state.replace(" ", "_")] for state in LEFT_OUT}
        yield Share(
            metric=found.counts.metric[row] or "",
            values=found.counts.values[row],
            period=None if found.period is None else found.period[row],
            number=numbers[row],
            left_out=left,
            attainment=_number(one["attainment"]),
            low=_number(one["low"]),
            high=_number(one["high"]),
            objective=_number(one["objective"]),
            reached=one["reached"],
            verdict=one["verdict"],
            **{
                name: one[name]
                for name in ("total", "decided", "met", "late", "breached", "open", "unjudged")
            },
        )


def _number(value: float) -> float | None:
    return None if value != value else value  # noqa: PLR0124 - NaN
