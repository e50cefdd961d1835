"""Replay the logs of many tickets at once: `bulk.replay` and `bulk.plan`.

Two engines give the same answers, and tests hold them together. *clock* opens a clock for a ticket
and applies one event after another. *columns* encodes the log, runs all tickets through an
automaton that is learnt from the state machine, and evaluates their cycles as arrays. Where the
second one cannot promise the same answer, as for a due date set by hand or an event that cannot be
read, the first one works.

Read next: `event_logs`, `automaton`, `log_cycles`, the steps of the second engine in this order.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

from slacalc._bulk.automaton import Automaton
from slacalc._bulk.evaluation import (
    FIELDS,
    CycleEvaluator,
    empty_fields,
    fields_of_status,
    why_not_columns,
)
from slacalc._bulk.event_logs import Answer, Log, answer_table, field_columns, read_log
from slacalc._bulk.log_cycles import Openings, cycles_of_log, values_alike
from slacalc._bulk.versions import versions_of
from slacalc._clock.clock import progress_of
from slacalc._clock.clock import replay as replay_one
from slacalc._clock.cycles import Cycle
from slacalc._clock.events import Event
from slacalc._clock.state_machine import Machine
from slacalc._clock.states import STATES
from slacalc._clock.status import CycleStatus
from slacalc._columns.frames import Frame
from slacalc._columns.input import UNREADABLE, check_choice, read_instant
from slacalc._columns.kernel import MISSING
from slacalc._policy.matching import FieldNames
from slacalc._policy.policy import check_policy
from slacalc._time.instants import EARLIEST, LATEST, horizon_error, to_utc
from slacalc.errors import EventError, SlacalcError, require_extra

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from numpy.typing import NDArray

    from slacalc._bulk.due_dates import MatchedForms
    from slacalc._bulk.evaluation import CycleArrays
    from slacalc._bulk.event_logs import Errors
    from slacalc._bulk.log_cycles import ValuesAlike
    from slacalc._clock.clock import Clock
    from slacalc._clock.declared_fields import DeclaredFields
    from slacalc._columns.arithmetic import Integers
    from slacalc._policy.policy import Policy

_OF_OVERRIDES = frozenset({"metric", "due", "limit", "author", "reason"})
_FAILED = -1  # in place of a metric, in the row of a ticket that has an error


class Engine(NamedTuple):
    """Which engine replays a metric; `plan` returns it.

    Args:
        engine: ``"columns"`` for all tickets but unusual ones, or ``"clock"`` for all.
        reason: Why it is ``"clock"``; empty string if it is not.
    """

    engine: Literal["columns", "clock"]
    reason: str = ""


def plan(policy: Policy) -> dict[str, Engine]:
    """Which engine `replay` uses for each metric of a policy, and why if it is the slower one.

    Args:
        policy: The policy. All of its versions have to allow the faster engine.

    Returns:
        The engine and the reason, by metric. One engine works out all metrics of a ticket, so one
        metric that needs a clock makes all of them need it.

    Example:
        >>> from slacalc import bulk, presets
        >>> bulk.plan(presets.load("kingdee-diexun"))["arrival"].engine
        'columns'
    """
    check_policy(policy)
    reasons: dict[str, str] = {}
    for version in policy.all_versions:
        for name in version.metrics:
            reasons[name] = reasons.get(name) or why_not_columns(version, name)
    slow = next((name for name, why in reasons.items() if why), None)
    return {
        name: Engine("columns")
        if slow is None
        else Engine("clock", why or f"{slow}, on the same tickets, needs it")
        for name, why in reasons.items()
    }


def replay(
    policy: Policy,
    events: Any,
    as_of: datetime | str | None = None,
    *,
    columns: Mapping[str, str | None] | None = None,
    naive: str | None = None,
    errors: Errors = "raise",
    progress: bool = False,
) -> Any:
    """The status of many tickets after their logs: `slacalc.replay` for a table of events.

    A ticket is opened at its ``created`` event, with the fields of that event. A ticket without one
    is opened at its first event and without attributes; the fields of that event are then a change,
    and it is an error if the policy needs one of them. A log without a column ``type`` is one of
    changes, as help desks export them: the first event of a ticket creates it.

    Args:
        policy: The policy; the version in force at the receipt of each ticket counts.
        events: A table of events, in any order: a data frame of pandas, Polars or PyArrow, or a
            dictionary of columns. Its columns are ``ticket``, ``at``, ``type``, and the fields of
            events, such as attributes of the policy, ``status`` or ``by``; null means that the
            event does not have the field. Or an iterator of such tables, each with all events of
            its tickets.
        as_of: The instant of the status. Default: for each ticket, its last event. A ticket that
            was opened later is ``"not started"``, and has no other values, as in `evaluate`.
        columns: The table's own names of columns, if they are different:
            ``{"ticket": "number", "at": "sys_updated_at"}``; None for a field that is not to be
            read. If the types of events are in a column of another name, a column ``type`` is a
            field like any other.
        naive: The time zone of instants without one.
        errors: What happens with a ticket that cannot be evaluated: ``"raise"``, or ``"column"``
            for a row that contains only the ticket and the message, in a column ``error``. A row of
            the log without a ticket is then one of the answer, without a ticket.
        progress: Whether to show a progress bar, which needs the extra ``progress``.

    Returns:
        A table of the same library with a row for each ticket, metric and cycle, tickets in the
        order in which they first occur. Its columns are as in `CycleStatus`: ``ticket``,
        ``metric``, ``cycle``, ``state``, ``is_paused``, ``start``, ``due``, ``limit``,
        ``due_if_resumed``, ``stopped_at``, ``breached_at``, ``ever_breached``, ``elapsed``,
        ``remaining``, ``paused`` (the sum of all reasons, with the time between a stop and a
        reopening), ``table`` and ``row``; and ``engine``, which is ``columns``, or ``clock`` for an
        unusual ticket. For an iterator, an iterator of such tables.

    Raises:
        ColumnError: A column is missing, or contains something that it should not.
        NaiveDatetimeError: The instants have no time zone, and *naive* names none.
        SlacalcError: A ticket cannot be evaluated; the error is that of `slacalc.replay`, and its
            ``where`` names the ticket.
        MissingExtraError: The extra ``progress`` is requested and not installed.

    Example:
        >>> from slacalc import bulk, presets
        >>> log = {
        ...     "ticket": ["A", "B", "A"],
        ...     "at": [
        ...         "2024-09-13T16:00:00+08:00",
        ...         "2024-09-13T17:00:00+08:00",
        ...         "2024-09-14T10:00:00+08:00",
        ...     ],
        ...     "type": ["created", "created", "arrived"],
        ...     "channel": ["on-site", "on-site", None],
        ...     "urgency": ["standard", "standard", None],
        ...     "tier": ["gold", "silver", None],
        ... }
        >>> policy = presets.load("kingdee-diexun")
        >>> status = bulk.replay(policy, log, "2024-09-14T17:00:00+08:00")
        >>> for row in zip(status["ticket"], status["metric"], status["state"]):
        ...     if row[1] == "arrival":
        ...         print(row)
        ('A', 'arrival', 'met')
        ('B', 'arrival', 'running')
    """
    call = ReplayCall(policy, as_of, naive=naive, errors=errors)
    return call.run_tables(events, columns, progress=progress)


def _stream(
    call: ReplayCall, tables: Iterator[Any], columns: Mapping[str, str | None] | None, bar: Any
) -> Iterator[Any]:
    """The answers for one table after another."""
    try:
        for table in tables:
            yield call.run(Frame(table, columns), bar)
    finally:
        if bar is not None:
            bar.close()


def _bar() -> Any:
    """A progress bar of tickets, whose total grows with each table."""
    require_extra("progress", "showing progress needs", "tqdm")
    from tqdm import tqdm  # noqa: PLC0415 - an extra

    return tqdm(desc="replaying", unit=" tickets", leave=False, total=0)


class ReplayCall:
    """One call of `replay`.

    Args:
        policy: The policy.
        as_of: The instant of the status.
        naive: The time zone of instants without one.
        errors: What happens with a ticket that cannot be evaluated.
        by_columns: Whether the engine *columns* may be used.

    Attributes:
        by: Fields that only the answer needs.
        metrics: The metrics of all versions of the policy.
    """

    by: Sequence[str] = ()

    def __init__(
        self,
        policy: Policy,
        as_of: datetime | str | None,
        *,
        naive: str | None,
        errors: Errors,
        by_columns: bool = True,
    ) -> None:
        check_policy(policy)
        check_choice(errors, "errors", ("raise", "column"))
        self._policy, self._naive, self._errors = policy, naive, errors
        self._as_of = None if as_of is None else read_instant(as_of, "as_of", naive)
        self._by_columns = by_columns
        versions = policy.all_versions
        self.metrics = [*dict.fromkeys(name for each in versions for name in each.metrics)]
        self._evaluators: dict[int, CycleEvaluator | None] = {}
        self._used_fields = {*_OF_OVERRIDES}
        self._declared: list[DeclaredFields] = []
        for version in versions:
            machine = version.compiled(Machine)
            self._used_fields |= machine.compiled.used_fields
            if machine.declared is not None:
                self._declared.append(machine.declared)

    def new_rows(self, _log: Log) -> AnswerRows:
        """The rows of the answer for a log, of which there are none yet."""
        return CycleRows(self.metrics, self._policy)

    def _fields_read(self, table: Frame) -> set[str]:
        """The fields of events that matter, if only because events are refused for them."""
        fields = set(field_columns(table))
        absent = FieldNames(self._used_fields - fields - table.renamed.keys())
        return {
            name
            for name in fields
            if name in self._used_fields
            or absent.resembled_by(name)
            or any(declared.concerns(name) for declared in self._declared)
        }

    def run_tables(
        self, events: Any, columns: Mapping[str, str | None] | None, *, progress: bool
    ) -> Any:
        """Replay one table, or tables one after another as the iterator is read."""
        bar = _bar() if progress else None
        if isinstance(events, Iterator):
            return _stream(self, events, columns, bar)
        try:
            return self.run(Frame(events, columns), bar)
        finally:
            if bar is not None:
                bar.close()

    def run(self, table: Frame, bar: Any = None) -> Any:
        """Replay one table."""
        shown_in, read = self._policy.matcher.zone, self._fields_read(table)
        wanted = {*read, *self.by}.__contains__
        log = read_log(table, self._naive, shown_in, wanted, errors=self._errors)
        rows = self.new_rows(log)
        # The policy need not know the fields that only the answer has.
        log = log._replace(fields={name: log.fields[name] for name in log.fields if name in read})
        count = len(log.begins) - 1
        if bar is not None:
            bar.total += count
            bar.refresh()
        left = np.arange(count)
        if self._by_columns and count:
            left = self._replay_columns(log, rows, bar)
        for ticket in left.tolist():
            try:
                self._replay_clock(log, rows, ticket)
            except SlacalcError as error:
                if self._errors == "raise":
                    name = log.name_of(ticket)
                    error.where = f"ticket {name}" + (f".{error.where}" if error.where else "")
                    raise
                rows.add_error(ticket, str(error))
            if bar is not None:
                bar.update(1)
        return answer_table(log, rows.answers(with_errors=self._errors == "column"))

    # Columns -------------------------------------------------------------------------------------

    def _replay_columns(self, log: Log, rows: AnswerRows, bar: Any) -> Integers:
        """Replay tickets at once, and return those that only their own clocks can replay."""
        left = np.zeros(len(log.firsts), np.bool_)
        alike: dict[int, ValuesAlike] = {}  # by version
        for first, piece in log.pieces():
            openings = Openings.of(piece, self._as_of)
            of_piece = ~openings.readable
            parts: list[tuple[int, dict[str, Integers]]] = []
            for version, tickets in self._versions(openings):
                evaluator = self._evaluator(version) if version is not None else None
                if version is None or evaluator is None:
                    of_piece[tickets] = True
                    continue
                changing = openings.changing(piece, version.attributes)
                automaton = Automaton.of(version.compiled(Machine), changing)
                automaton.expect(len(log.at))
                if id(version) not in alike:
                    alike[id(version)] = values_alike(automaton, log)
                known = alike[id(version)]
                cycles, irregular = cycles_of_log(automaton, known, piece, openings, tickets)
                of_piece[tickets[irregular]] = True
                for place, name in enumerate(version.metrics):
                    of_metric = cycles[place]
                    matched = evaluator.forms({place: automaton.rows[place]})
                    columns, beyond = rows.of_cycles(evaluator, of_metric, matched, first)
                    of_piece[of_metric.ticket[beyond]] = True
                    parts.append((self.metrics.index(name), columns))
            rows.add(first, parts, of_piece)
            left[first : first + len(of_piece)] = of_piece
            if bar is not None:
                bar.update(len(of_piece) - np.count_nonzero(of_piece))
        return np.flatnonzero(left)

    def _versions(self, openings: Openings) -> Iterator[tuple[Policy | None, Integers]]:
        """The versions of the policy, each with its tickets; None for tickets without a version."""
        tickets = np.flatnonzero(openings.readable)
        policy = self._policy
        if not policy.has_terms:
            yield policy, tickets
            return
        places, in_force = versions_of(policy, openings.at[tickets])
        if not in_force.all():
            yield None, tickets[~in_force]  # the clock says which versions there are
        for place in np.unique(places[in_force]).tolist():
            yield policy.all_versions[place], tickets[(places == place) & in_force]

    def _evaluator(self, version: Policy) -> CycleEvaluator | None:
        """The evaluator of a version; None if its tickets need their clocks."""
        if id(version) not in self._evaluators:
            slow = any(why_not_columns(version, name) for name in version.metrics)
            evaluator = None if slow else CycleEvaluator(version.compiled(Machine))
            self._evaluators[id(version)] = evaluator
        return self._evaluators[id(version)]

    # Clocks --------------------------------------------------------------------------------------

    def _replay_clock(self, log: Log, rows: AnswerRows, ticket: int) -> None:
        """Replay one ticket by its clock."""
        clock = replay_one(self._policy, {}, ticket_events(log, ticket))
        cycles = _cycles_at(clock, self._as_of)
        # All of them before any is added, since each may raise an error.
        of_cycles = [[*rows.of_status(ticket, cycle)] for cycle in cycles]
        for cycle, of_cycle in zip(cycles, of_cycles, strict=True):
            for row in of_cycle:
                rows.add_row(ticket, self.metrics.index(cycle.metric), row)


def _cycles_at(clock: Clock, as_of: int | None) -> list[CycleStatus]:
    """The cycles of a clock; of a ticket that was opened later, one for each metric, not started.

    Args:
        clock: The clock.
        as_of: The instant of the status. None: that of the last event.
    """
    progress = progress_of(clock)
    at = progress.last if as_of is None else as_of
    if at < progress.opened:
        cycle = Cycle()
        return [
            CycleStatus(each, cycle, each.evaluate(cycle, at, covered=True), ())
            for each in progress.machine.evaluators
        ]
    status = clock.status(to_utc(at))
    return [cycle for name in status for cycle in status.cycles(name)]


def ticket_events(log: Log, ticket: int) -> list[Event]:
    """The events of one ticket of a log.

    Raises:
        EventError, HorizonError: One of them cannot be read.
    """
    events = []
    for row in range(int(log.begins[ticket]), int(log.begins[ticket + 1])):
        at, kind = int(log.at[row]), int(log.type.rows[row])
        if at == UNREADABLE and log.place(row) in log.unreadable:
            raise log.unreadable[log.place(row)]
        if at == MISSING or kind < 0:
            lacking = "instant" if at == MISSING else "type"
            msg = f"row {log.place(row)} has no {lacking}"
            raise EventError(msg, event="", field=lacking, given=None, suggestions=[])
        if not EARLIEST <= at < LATEST:
            raise horizon_error(f"the instant of row {log.place(row)}")
        fields = {
            name: column.values[code]
            for name, column in log.fields.items()
            if (code := int(column.rows[row])) >= 0
        }
        events.append(Event(to_utc(at), log.type.values[kind], **fields))
    return events


# The answer --------------------------------------------------------------------------------------


class AnswerRows(ABC):
    """The rows of the answer, in parts as they come.

    Args:
        metrics: The metrics of all versions of the policy.
        kinds: By column between the metric and the engine, the kind of its `Answer`.
        words: By column of words, the words.
    """

    def __init__(
        self, metrics: list[str], kinds: Mapping[str, str], words: Mapping[str, Sequence[str]]
    ) -> None:
        self._metrics, self._kinds, self._words = metrics, kinds, words
        self._parts: list[dict[str, Integers]] = []
        self._rows: list[dict[str, int]] = []
        self._errors: list[str] = []

    @abstractmethod
    def of_cycles(
        self,
        evaluator: CycleEvaluator,
        cycles: CycleArrays,
        matched: MatchedForms,
        first: int,
    ) -> tuple[dict[str, NDArray[Any]], NDArray[np.bool_]]:
        """The columns of many cycles, and which cycles are left to the clocks of their tickets.

        Args:
            evaluator: The evaluator of the version of the policy.
            cycles: The cycles of a metric, whose tickets count from the first one.
            matched: The matched rows to which the cycles refer.
            first: The place of the first ticket in the log.
        """

    @abstractmethod
    def of_status(self, ticket: int, status: CycleStatus) -> Iterable[dict[str, int]]:
        """The rows of a cycle that a clock evaluated."""

    def add(
        self,
        first: int,
        metrics: Sequence[tuple[int, dict[str, Integers]]],
        left: NDArray[np.bool_],
    ) -> None:
        """Add the cycles of many tickets, which come after those that were added before.

        Args:
            first: The place of the first ticket.
            metrics: Metrics with the columns of their cycles, whose tickets count from the first.
            left: By ticket, whether it is left to its clock.
        """
        parts = []
        for metric, columns in metrics:
            part = columns
            if left.any():
                kept = ~left[columns["ticket"]]
                part = {name: column[kept] for name, column in columns.items()}
            part["ticket"] = part["ticket"] + first
            size = len(part["ticket"])
            part["metric"] = np.full(size, metric, np.int16)
            part["error"] = np.full(size, -1, np.int32)
            part["engine"] = np.zeros(size, np.int8)
            parts.append(part)
        if parts:
            self._parts.append(_sorted(parts, len(self._metrics)))

    def add_row(self, ticket: int, metric: int, row: dict[str, int]) -> None:
        """Add a cycle that a clock evaluated."""
        self._rows.append(row | {"ticket": ticket, "metric": metric, "error": -1, "engine": 1})

    def add_error(self, ticket: int, error: str) -> None:
        """Add a ticket that cannot be evaluated."""
        nothing = {name: -1 if kind == "words" else MISSING for name, kind in self._kinds.items()}
        more = {"metric": _FAILED, "error": len(self._errors)}
        self._rows.append(nothing | more | {"ticket": ticket, "engine": 1})
        self._errors.append(error)

    def answers(self, *, with_errors: bool) -> dict[str, Answer]:
        """The columns of the answer, in order."""
        kinds = {"ticket": "tickets", "metric": "words", **self._kinds}
        kinds |= {"engine": "words", "error": "text"}
        whole = _concatenated(self._parts)
        if self._rows or not self._parts:
            rows = {name: np.array([row[name] for row in self._rows], np.int64) for name in kinds}
            whole = _sorted([whole, rows] if self._parts else [rows], len(self._metrics))
        words = {
            "metric": self._metrics,
            **self._words,
            "engine": ["columns", "clock"],
            "error": self._errors,
        }
        answers = {
            name: Answer(kind, whole[name], words.get(name, ())) for name, kind in kinds.items()
        }
        if not with_errors:
            del answers["error"]
        return answers


class CycleRows(AnswerRows):
    """A row for each cycle, with its status.

    Args:
        metrics: The metrics of all versions of the policy.
        policy: The policy.
    """

    def __init__(self, metrics: list[str], policy: Policy) -> None:
        versions = policy.all_versions
        self._tables = [*dict.fromkeys(name for each in versions for name in each.tables)]
        kinds = {name: _KINDS.get(name, "instants") for name in FIELDS}
        super().__init__(metrics, kinds, {"state": STATES, "table": self._tables})

    def of_cycles(
        self,
        evaluator: CycleEvaluator,
        cycles: CycleArrays,
        matched: MatchedForms,
        _first: int,
    ) -> tuple[dict[str, NDArray[Any]], NDArray[np.bool_]]:
        columns = empty_fields(len(cycles.ticket), FIELDS)
        beyond = evaluator.evaluate(cycles, matched, columns)
        columns["ticket"] = cycles.ticket
        tables = [*map(self._tables.index, evaluator.tables), -1]
        columns["table"] = np.array(tables, np.int16)[columns["table"]]
        return columns, beyond

    def of_status(self, _ticket: int, status: CycleStatus) -> Iterable[dict[str, int]]:
        return [fields_of_status(status, self._tables)]


def _sorted(parts: list[dict[str, Integers]], metrics: int) -> dict[str, Integers]:
    """The columns of all parts together, sorted by ticket, metric and cycle."""
    first = parts[0]["ticket"]
    has_one_cycle = len(parts) == metrics and (first[1:] > first[:-1]).all()
    if has_one_cycle and all(  # then the parts only have to be interleaved
        np.array_equal(part["ticket"], first) and (part["metric"] == place).all()
        for place, part in enumerate(parts)
    ):
        return {name: np.stack([part[name] for part in parts], 1).ravel() for name in parts[0]}
    whole = _concatenated(parts)
    order = np.argsort(whole["ticket"] * (metrics + 1) + whole["metric"] + 1, kind="stable")
    return {name: column[order] for name, column in whole.items()}


def _concatenated(parts: list[dict[str, Integers]]) -> dict[str, Integers]:
    """The columns of parts one after another; the parts give up theirs, to save memory."""
    if len(parts) < 2:
        return parts[0] if parts else {}
    return {name: np.concatenate([part.pop(name) for part in parts]) for name in [*parts[0]]}


_KINDS = {
    **dict.fromkeys(("state", "table"), "words"),
    **dict.fromkeys(("cycle", "row"), "counts"),
    **dict.fromkeys(("is_paused", "ever_breached"), "flags"),
    **dict.fromkeys(("elapsed", "remaining", "paused"), "lengths"),
}
