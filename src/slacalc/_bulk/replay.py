"""The log of many tickets at once: `replay` and `status` over a table of events.

Theory. What the events of a ticket mean is the machine's business and no other's. Two engines work
it out. *clock* opens the clock of a ticket and feeds it, one event after another. *columns* asks
the machine only once for each state and batch of events that differ, notes what it did, and looks
that up for all tickets together (`_fold`); what is due follows from calendars over arrays
(`_verdicts`). The answers are the same; where the second cannot promise that, the first works.
"""

from __future__ import annotations

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
from slacalc._bulk.event_logs import Answer, Log, answer_table, read_log
from slacalc._bulk.log_cycles import Openings, cycles_of_log
from slacalc._bulk.versions import versions_of
from slacalc._clock.clock import progress_of
from slacalc._clock.clock import replay as replay_one
from slacalc._clock.events import Event
from slacalc._clock.state_machine import Machine
from slacalc._clock.states import STATES
from slacalc._columns.frames import Frame
from slacalc._columns.input import check_choice, read_instant
from slacalc._columns.kernel import MISSING
from slacalc._policy.matching import one_slip
from slacalc._time.instants import EARLIEST, LATEST, horizon_error, to_utc
from slacalc.errors import EventError, SlacalcError, require_extra

if TYPE_CHECKING:
    from datetime import datetime

    from slacalc._columns.arithmetic import Integers
    from slacalc._policy.policy import Policy

Errors = Literal["raise", "column"]
_OF_OVERRIDES = frozenset({"metric", "due", "limit", "author", "reason"})
_FAILED = -1  # in place of a metric, in the row of a ticket that has an error


class Engine(NamedTuple):
    """Which engine works out a metric.

    Args:
        engine: ``"columns"``, for all tickets but unusual ones; or ``"clock"``, for all.
        reason: Why it is the clock; else the empty string.
    """

    engine: Literal["columns", "clock"]
    reason: str = ""


def plan(policy: Policy) -> dict[str, Engine]:
    """Which engine `replay` uses for each metric of a policy, and why where it is the slower one.

    Args:
        policy: The policy; of its versions, all have to allow it.

    Returns:
        The engine and the reason, by metric. All metrics of a ticket are worked out by one engine.

    Example:
        >>> from slacalc import bulk, presets
        >>> bulk.plan(presets.load("kingdee-diexun"))["arrival"].engine
        'columns'
    """
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
    columns: Mapping[str, str] | None = None,
    naive: str | None = None,
    errors: Errors = "raise",
    progress: bool = False,
) -> Any:
    """Where every promise stands after a log of many tickets: `slacalc.replay` over a table.

    Args:
        policy: The policy; of each ticket, its version at the receipt counts.
        events: A table of n events, in any order: a data frame of pandas, Polars or PyArrow, or a
            dictionary of columns. Its columns are ``ticket``, ``at``, ``type``, and the fields of
            events, such as attributes of the policy, ``status`` or ``by``; an event bears the
            fields that are not null. A ticket is opened at its ``created`` event with the fields
            of that. One that has none is opened at its first event and with no attributes at all,
            as if by ``{}``: the fields of that event are then a change, and where the policy
            cannot do without one of them, that is an error. Or an iterator of such tables: those of
            one ticket must be in one of them.
        as_of: The instant of the question; left out, the last event of each ticket.
        columns: The names of the table's columns where they differ:
            ``{"ticket": "number", "at": "sys_updated_at"}``. So a policy may have an attribute
            ``type``, where the types of events stand in another column.
        naive: The zone in which a column of instants without one shows its times.
        errors: What to do with a ticket that cannot be judged: ``"raise"``, or ``"column"`` for a
            row with the message in a column ``error``, and nothing else.
        progress: Whether to show a bar of the tickets that are done, which takes ``tqdm``.

    Returns:
        A table of the same library with a row for each ticket, metric and cycle, tickets as first
        met: ``ticket``, ``metric``, ``cycle``, ``state``, ``is_paused``, ``start``, ``due``,
        ``limit``, ``due_if_resumed``, ``stopped_at``, ``breached_at``, ``ever_breached``,
        ``elapsed``, ``remaining`` and ``paused`` (durations, the time between a stop and a
        reopening among the last), ``table`` and ``row`` of the promise, and ``engine``: whether
        ``columns`` or, for unusual tickets, a ``clock`` of its own worked it out. All are as
        `CycleStatus` has them. For an iterator, an iterator of such tables.

    Raises:
        ColumnError: The table lacks a column, or one holds what it should not.
        NaiveDatetimeError: The instants have no zone, and none is named.
        SlacalcError: A ticket cannot be judged; the error is that of `slacalc.replay`, and its
            ``where`` names the ticket.
        MissingExtraError: ``progress`` is asked for, and ``tqdm`` is not installed.

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
        >>> told = bulk.replay(policy, log, "2024-09-14T17:00:00+08:00")
        >>> for row in zip(told["ticket"], told["metric"], told["state"]):
        ...     if row[1] == "arrival":
        ...         print(row)
        ('A', 'arrival', 'met')
        ('B', 'arrival', 'running')
    """
    check_choice(errors, "errors", ("raise", "column"))
    asked = ReplayCall(policy, as_of, naive=naive, errors=errors)
    bar = _bar() if progress else None
    if isinstance(events, Iterator):
        return _stream(asked, events, columns, bar)
    try:
        return asked.answered(Frame(events, columns), bar)
    finally:
        if bar is not None:
            bar.close()


def _stream(
    asked: ReplayCall, tables: Iterator[Any], columns: Mapping[str, str] | None, bar: Any
) -> Iterator[Any]:
    """The answers to one table after another."""
    try:
        for table in tables:
            yield asked.answered(Frame(table, columns), bar)
    finally:
        if bar is not None:
            bar.close()


def _bar() -> Any:
    """A bar of tickets."""
    require_extra("progress", "showing progress needs", "tqdm")
    from tqdm import tqdm  # noqa: PLC0415 - an extra

    return tqdm(desc="replaying", unit=" tickets", leave=False, total=0)


class ReplayCall:
    """One question, of a log or of several in turn."""

    def __init__(
        self,
        policy: Policy,
        as_of: datetime | str | None,
        *,
        naive: str | None,
        errors: Errors,
        by_columns: bool = True,
    ) -> None:
        self._policy, self._naive, self._errors = policy, naive, errors
        self._as_of = None if as_of is None else read_instant(as_of, "as_of", naive)
        self._by_columns = by_columns
        versions = policy.all_versions
        self._metrics = [*dict.fromkeys(name for one in versions for name in one.metrics)]
        self._tables = [*dict.fromkeys(name for one in versions for name in one.tables)]
        self._engines: dict[int, CycleEvaluator | None] = {}
        self._read = {*_OF_OVERRIDES}
        for version in versions:
            self._read |= version.compiled(Machine).compiled.used_fields

    def _wanted(self, field: str) -> bool:
        """Whether a field of events can matter, be it as a misspelled attribute."""
        if field in self._read:
            return True
        attributes = (name for one in self._policy.all_versions for name in one.attributes)
        return any(one_slip(field, name) for name in attributes)

    def answered(self, table: Frame, bar: Any = None) -> Any:
        """The answer to one table."""
        shown_in = self._policy.matcher.zone
        log = read_log(table, self._naive, shown_in, self._wanted)
        count = len(log.begins) - 1
        if bar is not None:
            bar.total += count
            bar.refresh()
        work = _Work(log, self._metrics, self._tables)
        left = np.arange(count)
        if self._by_columns and count:
            left = self._in_columns(log, work)
        if bar is not None:
            bar.update(count - len(left))
        values = Values(log)
        for ticket in left.tolist():
            try:
                self._by_clock(values, work, ticket)
            except SlacalcError as error:
                if self._errors == "raise":
                    name = log.name_of(ticket)
                    error.where = f"ticket {name}" + (f".{error.where}" if error.where else "")
                    raise
                work.fail(ticket, str(error))
            if bar is not None:
                bar.update(1)
        return answer_table(log, work.answers(with_errors=self._errors == "column"))

    # By columns ----------------------------------------------------------------------------------

    def _in_columns(self, log: Log, work: _Work) -> Integers:
        """Work out what can be worked out for all tickets at once; those that are left."""
        openings = Openings.of(log, self._as_of)
        left = ~openings.readable
        for version, tickets in self._versions(openings):
            evaluator = self._engine(version) if version is not None else None
            if version is None or evaluator is None:
                left[tickets] = True
                continue
            changing = openings.changing(log, version.attributes)
            automaton = Automaton.of(version.compiled(Machine), changing)
            cycles, irregular = cycles_of_log(automaton, log, openings, tickets)
            left[tickets[irregular]] = True
            for place, name in enumerate(version.metrics):
                columns = empty_fields(len(cycles[place].ticket), FIELDS)
                beyond = evaluator.evaluate(place, cycles[place], automaton.rows[place], columns)
                columns["ticket"] = cycles[place].ticket
                left[cycles[place].ticket[beyond]] = True
                of_table = [*(self._tables.index(one) for one in evaluator.tables), -1]
                columns["table"] = np.array(of_table, np.int64)[columns["table"]]
                work.add(self._metrics.index(name), columns)
        work.drop(left)
        return np.flatnonzero(left)

    def _versions(self, openings: Openings) -> Iterator[tuple[Policy | None, Integers]]:
        """The versions of the policy, each with the tickets that it holds for."""
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

    def _engine(self, version: Policy) -> CycleEvaluator | None:
        """What judges by columns for a version; None where that is the clock."""
        if id(version) not in self._engines:
            slow = any(why_not_columns(version, name) for name in version.metrics)
            self._engines[id(version)] = None if slow else CycleEvaluator(version.compiled(Machine))
        return self._engines[id(version)]

    # By the clock --------------------------------------------------------------------------------

    def _by_clock(self, values: Values, work: _Work, ticket: int) -> None:
        """Work out one ticket by its clock."""
        events = values.events(ticket)
        clock = replay_one(self._policy, {}, events)
        at = to_utc(progress_of(clock).last if self._as_of is None else self._as_of)
        status = clock.status(at)
        cycles = [one for name in status for one in status.cycles(name)]
        rows = [fields_of_status(one, self._tables) for one in cycles]  # all of them, or an error
        for one, row in zip(cycles, rows, strict=True):
            work.add_row(ticket, self._metrics.index(one.metric), row)


class Values:
    """The events of a log, one ticket at a time."""

    def __init__(self, log: Log) -> None:
        self._log = log

    def events(self, ticket: int) -> list[Event]:
        """The events of a ticket.

        Raises:
            EventError, HorizonError: One cannot be read.
        """
        log, events = self._log, []
        for row in range(int(log.begins[ticket]), int(log.begins[ticket + 1])):
            at, kind = int(log.at[row]), int(log.type.rows[row])
            if at == MISSING or kind < 0:
                lacks = "instant" if at == MISSING else "type"
                msg = f"row {log.place(row)} has no {lacks}"
                raise EventError(msg, event="", field=lacks, given=None, suggestions=[])
            if not EARLIEST <= at < LATEST:
                raise horizon_error(f"the instant of row {log.place(row)}")
            fields = {
                name: codes.values[code]
                for name, codes in log.fields.items()
                if (code := int(codes.rows[row])) >= 0
            }
            events.append(Event(to_utc(at), log.type.values[kind], **fields))
        return events


# What was worked out ------------------------------------------------------------------------------


class _Work:
    """The rows of the answer, as they come."""

    def __init__(self, log: Log, metrics: list[str], tables: list[str]) -> None:
        self._log, self._metrics, self._tables = log, metrics, tables
        self._parts: list[dict[str, Integers]] = []
        self._rows: list[dict[str, int]] = []
        self._errors: list[str] = []

    def add(self, metric: int, columns: dict[str, Integers]) -> None:
        """Take up what was worked out of a metric for many tickets."""
        size = len(columns["ticket"])
        columns["metric"] = np.full(size, metric, np.int64)
        columns["error"] = np.full(size, -1, np.int64)
        columns["engine"] = np.zeros(size, np.int64)
        self._parts.append(columns)

    def drop(self, left: Any) -> None:
        """Forget what was worked out of some tickets."""
        if left.any():
            for place, part in enumerate(self._parts):
                kept = ~left[part["ticket"]]
                self._parts[place] = {name: one[kept] for name, one in part.items()}

    def add_row(self, ticket: int, metric: int, row: dict[str, int]) -> None:
        """Take up a cycle by its clock."""
        self._rows.append(row | {"ticket": ticket, "metric": metric, "error": -1, "engine": 1})

    def fail(self, ticket: int, error: str) -> None:
        """Take up a ticket that cannot be judged."""
        nothing = dict.fromkeys(FIELDS, MISSING)
        more = {"state": -1, "table": -1, "metric": _FAILED, "error": len(self._errors)}
        self._rows.append(nothing | more | {"ticket": ticket, "engine": 1})
        self._errors.append(error)

    def answers(self, *, with_errors: bool) -> dict[str, Answer]:
        """The columns of the answer, in order."""
        names = ["ticket", "metric", *FIELDS, "engine", "error"]
        parts = self._parts
        if self._rows or not parts:
            told = {name: [row[name] for row in self._rows] for name in names}
            parts = [*parts, {name: np.array(one, np.int64) for name, one in told.items()}]
        whole = _in_order(parts, names, len(self._metrics))
        found = {name: Answer(_KINDS.get(name, "instants"), one) for name, one in whole.items()}
        words = {
            "metric": self._metrics,
            "state": [*STATES],
            "table": self._tables,
            "engine": ["columns", "clock"],
            "error": self._errors,
        }
        for name, known in words.items():
            found[name] = found[name]._replace(words=known)
        if not with_errors:
            del found["error"]
        return found


def _in_order(
    parts: list[dict[str, Integers]], names: list[str], metrics: int
) -> dict[str, Integers]:
    """The columns of parts as one, by ticket, metric and cycle."""
    first = parts[0]["ticket"]
    alike = len(parts) == metrics and (first[1:] > first[:-1]).all()
    if alike and all(
        np.array_equal(part["ticket"], first) and (part["metric"] == place).all()
        for place, part in enumerate(parts)
    ):
        return {name: np.stack([part[name] for part in parts], 1).ravel() for name in names}
    whole = {name: np.concatenate([part[name] for part in parts]) for name in names}
    order = np.argsort(whole["ticket"] * (metrics + 1) + whole["metric"] + 1, kind="stable")
    return {name: one[order] for name, one in whole.items()}


_KINDS = {
    "ticket": "tickets",
    **dict.fromkeys(("metric", "state", "table", "engine"), "words"),
    "error": "text",
    **dict.fromkeys(("cycle", "row"), "counts"),
    **dict.fromkeys(("is_paused", "ever_breached"), "flags"),
    **dict.fromkeys(("elapsed", "remaining", "paused"), "lengths"),
}
