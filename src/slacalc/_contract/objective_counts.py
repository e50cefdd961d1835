"""Count tickets for objectives: of one table or log after another, as columns.

Each table is evaluated once for all objectives (`EvaluatedTable`); which tickets count is decided
by `ObjectiveMatcher`. A cycle is met, missed, open or something that does not count, and its period
follows from one of its instants. Counts of several tables add up.

Read next: `objectives`, the results.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from slacalc._bulk.event_logs import AT, TICKET
from slacalc._bulk.replay import replay
from slacalc._bulk.tickets import evaluate
from slacalc._clock.events import CREATED
from slacalc._columns.categories import encode
from slacalc._columns.frames import Frame, to_list
from slacalc._columns.input import read_lengths
from slacalc._columns.kernel import MISSING
from slacalc._contract.tables import plain_table
from slacalc._policy.agreements import exclusion_reason
from slacalc._report.answers import DECIDED, EXCLUDED, OPEN, STATE_CODES, WITHOUT_STATE, Answers
from slacalc._report.evaluated_table import EvaluatedTable, kind_of
from slacalc._report.objective_tickets import COUNTS, ObjectiveMatcher, TimedPolicy
from slacalc._time.instants import to_utc
from slacalc.errors import ContractError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from slacalc._columns.arithmetic import Integers
    from slacalc._columns.categories import Codes
    from slacalc._contract.periods import ContractPeriod
    from slacalc._policy.agreements import Objective
    from slacalc._policy.policy import Policy
    from slacalc._report.ticket_attributes import ReadOptions
    from slacalc.errors import SlacalcError

    BoolArray = NDArray[np.bool_]

_STOPPED = "stopped_at"
_DECIDED, _OPEN, _EXCLUDED = (
    np.isin(np.arange(WITHOUT_STATE + 1), [STATE_CODES[state] for state in states])
    for states in (DECIDED, OPEN, EXCLUDED)
)
_MET, _CANCELLED, _NOT_COVERED = (
    STATE_CODES[state] for state in ("met", "cancelled", "not covered")
)


class MissedRow(NamedTuple):
    """A cycle that missed its promise; instants are UTC microseconds, None if there is none."""

    ticket: Any
    created: int | None
    due: int | None
    stopped: int | None
    breached: int | None


class FaultyTicket(NamedTuple):
    """A ticket that cannot be evaluated.

    Args:
        row: The number of its row, from 0; of a log the number of the ticket.
        ticket: Its name; the number of its row if it has none.
        message: Why.
    """

    row: int
    ticket: Any
    message: str

    def __str__(self) -> str:
        return f"tickets, row {self.row}, ticket {self.ticket}: {self.message}"


FaultyTicket.__module__ = "slacalc.contract"


class _Cycles(NamedTuple):
    """The cycles of a metric: their tickets, and what is known of them as arrays."""

    ticket: Codes
    state: Codes
    due: Integers
    stopped: Integers
    breached: Integers
    elapsed: Integers


class ObjectiveCounts:
    """The counts of one objective.

    Args:
        objective: The objective.
        period: The period that is counted.
        as_of: The instant of evaluation.

    Attributes:
        met, missed, open: The numbers of cycles.
        excluded: How many others would count but for an exclusion, by its reason.
        not_counted: How many have a state that does not count, by the state.
    """

    def __init__(self, objective: Objective, period: ContractPeriod, as_of: int) -> None:
        self.objective, self.period, self.as_of = objective, period, as_of
        self.met = self.missed = self.open = 0
        self.excluded: dict[str, int] = {}
        self.not_counted: dict[str, int] = {}
        self._misses: list[tuple[list[Any], Integers]] = []
        self._elapsed: list[Integers] = []
        self._is_running: list[BoolArray] = []

    def add(self, cycles: _Cycles, codes: Codes, created: Integers, names: _Names) -> None:
        """Count the cycles of one table.

        Args:
            cycles: The cycles.
            codes: For each ticket whether it counts, from `ObjectiveMatcher.codes`.
            created: The receipt of each ticket.
            names: The names of the tickets.
        """
        state, stopped = cycles.state, cycles.stopped
        code, received = codes[cycles.ticket], created[cycles.ticket]
        # A breach on record counts, whatever became of the clock after it.
        on_record = (cycles.breached != MISSING) & (state < WITHOUT_STATE) & (state != _NOT_COVERED)
        is_met = (state == _MET) & ~on_record
        is_missed = on_record | (_DECIDED[state] & ~is_met)
        is_open = _OPEN[state] & ~on_record
        if self.objective.mean is not None:  # for which only what has stopped has a time
            on_record = np.zeros(len(state), np.bool_)
            is_met = _DECIDED[state] & (stopped != MISSING)
            is_missed = on_record
            is_open = (_OPEN[state] | _DECIDED[state]) & ~is_met
        first, after = self.period.starts, self.period.ends
        counted_by = self.objective.counted_by
        instant = received if counted_by == "received" else cycles.due
        if counted_by == "stopped":
            ended_by_breach = is_missed & (state == _CANCELLED)
            instant = np.where(ended_by_breach, cycles.breached, stopped)
            has_ended = ended_by_breach | (stopped != MISSING)
            is_open |= is_missed & ~has_ended
            is_missed = is_missed & has_ended
            # What has not stopped belongs to no period yet, but is shown as open in each since.
            instant = np.where(is_open, received, instant)
            first_of = np.where(is_open, MISSING + 1, first)
        else:
            first_of = np.full(len(state), first)
        inside = (instant >= first_of) & (instant < after) & (received <= self.as_of)
        counts = inside & (code == COUNTS)
        self._add_excluded(inside & (is_met | is_missed | is_open), code)
        states, numbers = np.unique(
            state[counts & ~on_record & _EXCLUDED[state]], return_counts=True
        )
        for place, number in zip(states.tolist(), numbers.tolist(), strict=True):
            name = _STATE_NAMES[place]
            self.not_counted[name] = self.not_counted.get(name, 0) + number
        self.met += int((counts & is_met).sum())
        self.open += int((counts & is_open).sum())
        rows = np.flatnonzero(counts & is_missed)
        self.missed += len(rows)
        if len(rows):
            instants = np.stack(
                [received[rows], cycles.due[rows], stopped[rows], cycles.breached[rows]]
            )
            self._misses.append((names.of(cycles.ticket[rows]), instants))
        if self.objective.share == "":
            decided = np.flatnonzero(counts & (is_met | is_missed))
            self._elapsed.append(cycles.elapsed[decided])
            is_running = (stopped[decided] == MISSING) & (state[decided] != _CANCELLED)
            self._is_running.append(is_running)

    def _add_excluded(self, relevant: BoolArray, code: Codes) -> None:
        for place, exclusion in enumerate(self.objective.except_, 1):
            number = int((relevant & (code == place)).sum())
            if number:
                reason = exclusion_reason(exclusion)
                self.excluded[reason] = self.excluded.get(reason, 0) + number

    @property
    def times(self) -> tuple[Integers, BoolArray]:
        """The times of decided cycles in ascending order, and whether each is still running."""
        if not self._elapsed:
            return np.zeros(0, np.int64), np.zeros(0, np.bool_)
        elapsed, is_running = np.concatenate(self._elapsed), np.concatenate(self._is_running)
        order = np.lexsort([is_running, elapsed])
        return elapsed[order], is_running[order]

    def misses(self) -> Iterator[MissedRow]:
        """The cycles that missed, in the order of the tables."""
        for names, instants in self._misses:
            columns = [[None if at == MISSING else at for at in one] for one in instants.tolist()]
            for row in zip(names, *columns, strict=True):
                yield MissedRow(*row)


_STATE_NAMES = {code: state for state, code in STATE_CODES.items()}


class _Names(NamedTuple):
    """The names of the tickets of a table: a column, or the numbers of its rows."""

    column: Any
    offset: int

    def of(self, tickets: Codes) -> list[Any]:
        """The names of some tickets."""
        if self.column is None:
            numbers: list[Any] = (tickets + self.offset).tolist()
            return numbers
        return to_list(self.column, tickets)


class ObjectiveCounter:
    """Counts tables of tickets, logs or answers for objectives.

    Args:
        policy: The policy of the tickets.
        objectives: The objectives, by name.
        periods: The period of each.
        as_of: The instant of evaluation.
        options: How tables are read.
        raises: Whether the error of a ticket is raised.

    Attributes:
        counts: The counts, by name of the objective.
        errors: The tickets that cannot be evaluated.
    """

    def __init__(
        self,
        policy: Policy,
        objectives: Mapping[str, Objective],
        periods: Mapping[str, ContractPeriod],
        as_of: int,
        options: ReadOptions,
        *,
        raises: bool,
    ) -> None:
        self._objectives, self._as_of, self._raises = objectives, as_of, raises
        self._options = options._replace(until=as_of)
        self._matcher = ObjectiveMatcher(policy, objectives)
        self._timed = TimedPolicy.of(policy, objectives)
        self._offset = 0
        self.counts = {
            name: ObjectiveCounts(one, periods[name], as_of) for name, one in objectives.items()
        }
        self.errors: list[FaultyTicket] = []

    def add(self, table: Any) -> None:
        """Count one table, or each of an iterator of tables."""
        if isinstance(table, Iterator):
            for one in table:
                self._add(plain_table(one))
        else:
            self._add(plain_table(table))

    def _add(self, table: Any) -> None:
        if isinstance(table, Mapping) and not table:  # an empty list has no columns
            return
        names = Frame(table).names
        if all(name in names for name in ("metric", "cycle", "state", "due")):
            self._add_answer(table)
            return
        options = self._options
        options = options._replace(columns=self._timed.columns(options.columns, names))
        policy, as_of = self._timed.policy, to_utc(self._as_of)
        if kind_of(table, options.columns) == "events":
            table = self._until(table)
        evaluated = EvaluatedTable(policy, table, as_of, None, options, more=(_STOPPED,))
        tickets: Frame = evaluated.source if evaluated.kind == "tickets" else evaluated.tickets
        column = None
        if evaluated.kind == "events":
            column = tickets.column(TICKET)
        else:
            name = (options.columns or {}).get(TICKET, TICKET)
            column = tickets.own_column(name) if name in tickets.names else None
        labels = _Names(column, self._offset)
        self._add_errors(evaluated, labels)
        zone = policy.matcher.zone
        created = np.asarray(tickets.instants(CREATED, options.naive or "UTC", zone, {}).values)
        codes = self._matcher.codes(tickets, options.naive)
        cycles = _CyclesOfLog(evaluated) if evaluated.kind == "events" else _cycles_of_tickets
        for name, objective in self._objectives.items():
            metric = self._timed.metrics.get(name, objective.metric)
            of_metric = cycles(evaluated, metric)
            if of_metric is not None:
                self.counts[name].add(of_metric, codes[name], created, labels)
        self._offset += evaluated.size

    def _until(self, log: Any) -> Any:
        """A log without its events after the instant of evaluation, when tickets may begin."""
        named = {word: name for word, name in (self._options.columns or {}).items() if name}
        zone = self._timed.policy.matcher.zone
        unreadable: dict[int, SlacalcError] = {}  # which replaying reports
        at = Frame(log, named).instants(AT, self._options.naive or "UTC", zone, unreadable).values
        is_known = np.asarray(at) <= self._as_of
        if is_known.all():
            return log
        frame = Frame(log)
        return frame.new_table(frame.take(frame.names, np.flatnonzero(is_known)))

    def _add_errors(self, evaluated: EvaluatedTable, labels: _Names) -> None:
        codes, texts = evaluated.errors
        rows = np.flatnonzero(codes >= 0)
        if not len(rows):
            return
        if self._raises:
            self._raise(evaluated)
        named = zip(rows.tolist(), labels.of(rows), codes[rows].tolist(), strict=True)
        self.errors += [
            FaultyTicket(row + self._offset, name, texts[code]) for row, name, code in named
        ]

    def _raise(self, evaluated: EvaluatedTable) -> None:
        """Evaluate once more, so that the error of the first faulty ticket is raised."""
        policy, log, options = evaluated.policy, evaluated.log, evaluated.options
        named = {word: name for word, name in (options.columns or {}).items() if word != TICKET}
        if evaluated.kind == "tickets":
            evaluate(policy, log, to_utc(self._as_of), columns=named, naive=options.naive)
        else:
            named = {word: name for word, name in (options.columns or {}).items() if name}
            replay(policy, log, to_utc(self._as_of), columns=named, naive=options.naive)

    def _add_answer(self, table: Any) -> None:
        """Count what `bulk.replay` returned; it cannot be evaluated again."""
        for name in self._timed.metrics:
            msg = (
                f"objective {name!r} has a time of its own, which an answer of bulk.replay does "
                "not contain: give the log of events"
            )
            raise ContractError(msg, argument="tickets", given=name)
        answers = Answers(table)
        frame, zone = answers.frame, self._timed.policy.matcher.zone
        if CREATED not in frame:
            msg = (
                "the answer does not say when tickets were created: add it by "
                "report.with_attributes(answer, policy, events), or give the log of events"
            )
            raise ContractError(msg, argument="tickets", given=frame.names)
        self._matcher.check_answer(frame)
        size = answers.size
        part = next(iter(answers.parts()))
        of_row = part.metrics
        assert of_row is not None  # noqa: S101 - a long answer has a metric in each row
        instants = {
            word: np.asarray(frame.instants(word, "UTC", zone).values)
            for word in (CREATED, "due", _STOPPED, "breached_at")
        }
        codes = self._matcher.codes(frame)
        labels = _Names(frame.column(TICKET), self._offset)
        if "error" in frame:
            self._add_answer_errors(frame, labels)
        nothing = np.full(size, MISSING)
        for name, objective in self._objectives.items():
            if objective.metric not in answers.metrics:
                continue
            place = answers.metrics.index(objective.metric)
            rows = np.flatnonzero(of_row.codes == place)
            columns = (part.state, instants["due"], instants[_STOPPED], instants["breached_at"])
            cycles = _Cycles(rows, *(column[rows] for column in (*columns, nothing)))
            self.counts[name].add(cycles, codes[name], instants[CREATED], labels)
        self._offset += size

    def _add_answer_errors(self, frame: Frame, labels: _Names) -> None:
        codes, texts = encode(frame.column("error"))
        rows = np.flatnonzero(codes >= 0)
        named = zip(rows.tolist(), labels.of(rows), codes[rows].tolist(), strict=True)
        self.errors += [
            FaultyTicket(row + self._offset, name, texts[code]) for row, name, code in named
        ]


def _cycles_of_tickets(evaluated: EvaluatedTable, metric: str) -> _Cycles | None:
    """The present cycles of a metric in an answer of `bulk.evaluate`."""
    frame = evaluated.result
    if f"{metric}_state" not in frame:
        return None
    due, stopped, breached = (
        _instants(evaluated, f"{metric}_{word}") for word in ("due", _STOPPED, "breached_at")
    )
    return _Cycles(
        np.arange(evaluated.size),
        _states(frame.column(f"{metric}_state")),
        due,
        stopped,
        breached,
        _lengths(frame, f"{metric}_elapsed"),
    )


class _CyclesOfLog:
    """The cycles of each metric in an answer of `bulk.replay`."""

    def __init__(self, evaluated: EvaluatedTable) -> None:
        frame = evaluated.result
        codes, values = encode(frame.column("metric"))
        self._places = {str(value): code for code, value in enumerate(values)}
        self._codes = codes
        self._all = _Cycles(
            evaluated.ticket_of_row,
            _states(frame.column("state")),
            _instants(evaluated, "due"),
            _instants(evaluated, _STOPPED),
            _instants(evaluated, "breached_at"),
            _lengths(frame, "elapsed"),
        )

    def __call__(self, _: EvaluatedTable, metric: str) -> _Cycles | None:
        rows = np.flatnonzero(self._codes == self._places.get(metric, -2))
        if not len(rows):
            return None
        return _Cycles(*(column[rows] for column in self._all))


def _states(column: Any) -> Codes:
    codes, values = encode(column)
    return np.array([*(STATE_CODES[str(value)] for value in values), WITHOUT_STATE])[codes]


def _instants(evaluated: EvaluatedTable, name: str) -> Integers:
    return np.asarray(evaluated.instants(evaluated.result, name).values)


def _lengths(frame: Frame, name: str) -> Integers:
    return np.asarray(read_lengths(frame.column(name), name).values)
