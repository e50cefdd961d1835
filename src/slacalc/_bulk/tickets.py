"""Apply a policy to a table with one row per ticket: `bulk.deadlines` and `bulk.evaluate`.

How it works: an `EvaluateCall` reads the columns of the table as arrays and splits the rows by
version of the policy. Each version's `VersionTickets` goes through `ticket_deadlines` or
`ticket_states`. The call collects their columns, and returns the table with them.

Read next: `groups`.
"""

from __future__ import annotations

from fractions import Fraction
from math import prod
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, cast

import numpy as np

from slacalc._bulk.event_orders import ColumnMachine
from slacalc._bulk.groups import RowErrors, rows_by_code
from slacalc._bulk.ticket_deadlines import VersionTickets, due_columns
from slacalc._bulk.ticket_states import StateEvaluator
from slacalc._bulk.versions import versions_of
from slacalc._clock.compiled_metrics import START
from slacalc._clock.events import CREATED
from slacalc._clock.states import STATES
from slacalc._columns.categories import EncodedColumn, decode, encode
from slacalc._columns.frames import Frame, columns_advice
from slacalc._columns.input import check_choice, read_instant
from slacalc._columns.kernel import MISSING
from slacalc._columns.output import finest_unit
from slacalc._columns.zones import readings
from slacalc._policy.policy import check_policy
from slacalc._time.instants import (
    DAY,
    EARLIEST,
    LATEST,
    SECOND,
    horizon_error,
)
from slacalc.errors import InstantError, SlacalcError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime

    from numpy.typing import NDArray

    from slacalc._columns.arithmetic import Integers
    from slacalc._columns.frames import Advice
    from slacalc._columns.native import TimeUnit
    from slacalc._columns.output import OutputType
    from slacalc._policy.policy import Policy

    Errors = Literal["raise", "column"]


def deadlines(
    policy: Policy,
    tickets: Any,
    *,
    columns: Mapping[str, str | None] | None = None,
    naive: str | None = None,
    errors: Errors = "raise",
) -> Any:
    """When each metric of each ticket is due: `Policy.deadlines` over a table.

    Args:
        policy: The policy. If it has versions, the one in force at each receipt applies.
        tickets: A table with one row per ticket: a data frame of pandas or Polars (a lazy one,
            too), a table of PyArrow, or a mapping of names to columns. It has a column ``created``,
            the instant of receipt; a column for each attribute of the policy; and for each event
            that starts or resets a metric a column with its name, of instants that may be missing.
            If a metric starts by a condition on fields, a column such as ``"resolution.start"`` has
            the instant.
        columns: The names of the table's columns where they differ, such as
            ``{"created": "opened_at"}``; None for a column that is not to be read.
        naive: The time zone of times without one, such as ``"Europe/Berlin"``.
        errors: What to do about faulty rows: ``"raise"`` the error of the first one, or write the
            error of each into a ``"column"`` named ``error``, which is missing in all other rows;
            the new columns are missing in faulty rows.

    Returns:
        The table with new columns for each metric. ``<metric>_due`` and ``<metric>_limit`` are
        instants in the time zone of ``created``. ``<metric>_provisional`` is true if they depend on
        holidays that are not published yet. ``<metric>_reason`` says why a ticket has no due date;
        it is missing if the ticket has one. Columns with these names are replaced.

    Raises:
        ColumnError: A column is not in the table, or holds something else.
        NaiveDatetimeError: Instants have no time zone, and *naive* is not given.
        TicketError: An attribute has an invalid value, or the policy refuses the ticket.
        PolicyError: No version of the policy is in force at the receipt.
        HorizonError: An instant is not in the years 1900 to 2200.
        NeverOpen: A calendar has no working time.

    Example:
        >>> import numpy as np
        >>> from slacalc import bulk, presets
        >>> policy = presets.load("kingdee-diexun")
        >>> tickets = {
        ...     "created": np.array(["2024-09-13T08:00", "2024-09-13T08:00"], "datetime64[s]"),
        ...     "channel": ["on-site", "hotline"],
        ...     "tier": ["gold", None],
        ... }
        >>> due = bulk.deadlines(policy, tickets)
        >>> print(due["arrival_due"], due["response_reason"])
        ['2024-09-14T08:00:00'                 'NaT'] [None 'served in working hours']
    """
    return deadlines_with(policy, tickets, columns=columns, naive=naive, errors=errors)


def deadlines_with(
    policy: Policy,
    tickets: Any,
    *,
    columns: Mapping[str, str | None] | None = None,
    naive: str | None = None,
    errors: Errors = "raise",
    advise: Advice = columns_advice,
) -> Any:
    """`deadlines`, for a caller whose user names columns in another way: see `Frame`."""

    def work(call: EvaluateCall, batch: VersionTickets) -> None:
        for name, result in due_columns(batch):
            call.write(f"{name}_due", "instants", result.due, batch)
            call.write(f"{name}_limit", "instants", result.limit, batch)
            call.write(f"{name}_provisional", "flags", result.provisional, batch)
            call.write_texts(f"{name}_reason", result.reasons, result.reason, batch)

    verb = _TableVerb(policy, work, SECOND, is_evaluate=False, advise=advise)
    return _apply(verb, tickets, columns, naive, errors)


def evaluate(
    policy: Policy,
    tickets: Any,
    as_of: datetime | str,
    *,
    columns: Mapping[str, str | None] | None = None,
    naive: str | None = None,
    errors: Errors = "raise",
) -> Any:
    """The state of each metric of each ticket at an instant: `Clock.status` over a table.

    Args:
        policy: The policy. If it has versions, the one in force at each receipt applies.
        tickets: A table with one row per ticket, as for `deadlines`, with a column of instants for
            each event that matters to a metric, such as the one that stops it. An instant after
            *as_of* has not happened yet. If a metric stops by a condition on fields, a column such
            as ``"resolution.stop"`` has the instant. Of the ticket only attributes are read; other
            fields are ignored, as a table has their present values, not those at the events. An
            event without a column has not happened to any ticket.
        as_of: The instant at which the tickets are evaluated.
        columns, naive, errors: As for `deadlines`.

    Returns:
        The table with new columns for each metric, about its present cycle. ``<metric>_due``,
        ``<metric>_limit`` and ``<metric>_breached_at`` are instants in the time zone of
        ``created``. ``<metric>_elapsed`` and ``<metric>_remaining`` are durations in the time of
        the target, such as working time. ``<metric>_state`` is a category: ``"running"``,
        ``"met"``, ``"breached"``, … ``<metric>_provisional`` is as for `deadlines`. A ticket
        received after *as_of* is ``"not started"``, and has no other values.

    Raises:
        ColumnError, NaiveDatetimeError, TicketError, PolicyError, HorizonError, NeverOpen: As for
            `deadlines`.
        LateEventError: An event is before the receipt of its ticket.

    Example:
        >>> import numpy as np
        >>> from slacalc import bulk, presets
        >>> policy = presets.load("kingdee-diexun")
        >>> tickets = {
        ...     "created": np.array(["2024-09-13T08:00", "2024-09-13T08:00"], "datetime64[s]"),
        ...     "arrived": np.array(["2024-09-14T02:00", "NaT"], "datetime64[s]"),
        ...     "channel": ["on-site", "on-site"],
        ...     "tier": ["gold", None],
        ... }
        >>> states = bulk.evaluate(policy, tickets, "2024-09-14T12:00:00+08:00")
        >>> print(states["arrival_state"], states["arrival_elapsed"])
        ['met' 'running'] [10800 18000]
    """
    return evaluate_with(policy, tickets, as_of, (), columns=columns, naive=naive, errors=errors)


def evaluate_with(
    policy: Policy,
    tickets: Any,
    as_of: datetime | str,
    more: Sequence[str],
    *,
    columns: Mapping[str, str | None] | None = None,
    naive: str | None = None,
    errors: Errors = "raise",
    advise: Advice = columns_advice,
) -> Any:
    """`evaluate`, with more instants of each metric, such as ``stopped_at``.

    The user of the caller may name columns in another way: see `Frame`.
    """
    at = read_instant(as_of, "as_of", naive)
    instants = ("due", "limit", "breached_at", *more)

    def work(call: EvaluateCall, batch: VersionTickets) -> None:
        for name, result in StateEvaluator(batch, at, more).answers():
            for field in instants:
                call.write(f"{name}_{field}", "instants", result[field], batch)
            for field in ("elapsed", "remaining"):
                call.write(f"{name}_{field}", "lengths", result[field], batch)
            call.write_texts(f"{name}_state", STATES, result["state"], batch)
            call.write(f"{name}_provisional", "flags", result["provisional"], batch)

    verb = _TableVerb(policy, work, at, is_evaluate=True, advise=advise)
    return _apply(verb, tickets, columns, naive, errors)


def _start_columns(policy: Policy) -> list[str]:
    """The columns that `deadlines` reads to find out when metrics start."""
    events = policy.start_events - {CREATED, *policy.metrics}
    return [*events, *(name + START for name in policy.metrics)]


def _event_columns(policy: Policy) -> list[str]:
    """The columns of events that `evaluate` reads."""
    return ColumnMachine.event_columns(policy.matcher)


class TicketColumns(NamedTuple):
    """The columns that a table of tickets may have, beside ``created``.

    Args:
        attributes: The attributes of all versions of a policy, in order.
        dates: Those that are instants in some version.
        events: The events, in order.
    """

    attributes: dict[str, None]
    dates: dict[str, None]
    events: dict[str, None]

    @classmethod
    def of(cls, policy: Policy, *, for_evaluate: bool) -> TicketColumns:
        """The columns that `evaluate` reads, or those that `deadlines` reads, of all versions."""
        return policy.compiled(cls._of_evaluate if for_evaluate else cls._of_deadlines)

    @classmethod
    def _of_evaluate(cls, policy: Policy) -> TicketColumns:
        return cls._read_by(policy, _event_columns)

    @classmethod
    def _of_deadlines(cls, policy: Policy) -> TicketColumns:
        return cls._read_by(policy, _start_columns)

    @classmethod
    def _read_by(cls, policy: Policy, events_of: Callable[[Policy], list[str]]) -> TicketColumns:
        """The columns of all versions, with the events that a function gives of each."""
        versions = policy.all_versions
        attributes = dict.fromkeys(name for version in versions for name in version.attributes)
        dates = dict.fromkeys(name for version in versions for name in _dates_of(version))
        events = (name for version in versions for name in events_of(version))
        own = dict.fromkeys(name for name in events if name not in attributes)
        return cls(attributes, dates, own)


class _TableVerb(NamedTuple):
    """`deadlines` or `evaluate`, bound to a policy.

    Args:
        policy: The policy.
        work: Computes the tickets of a version, and writes the new columns.
        finest: An instant that may need microseconds in the new columns.
        is_evaluate: Which of the two it is.
        advise: How a user names a column: see `Frame`.
    """

    policy: Policy
    work: Callable[[EvaluateCall, VersionTickets], None]
    finest: int
    is_evaluate: bool
    advise: Advice

    def columns_of(self, policy: Policy) -> TicketColumns:
        """The columns that it reads, of a policy or a version."""
        return TicketColumns.of(policy, for_evaluate=self.is_evaluate)


def _apply(
    verb: _TableVerb,
    tickets: Any,
    columns: Mapping[str, str | None] | None,
    naive: str | None,
    errors: Errors,
) -> Any:
    """Apply a verb to a table; a lazy frame of Polars gives a lazy frame."""
    check_policy(verb.policy)
    check_choice(errors, "errors", ("raise", "column"))

    def run(table: Any) -> Any:
        call = EvaluateCall(verb, table, columns, naive)
        for batch in call.batches():
            verb.work(call, batch)
        return call.answer(errors)

    if type(tickets).__module__.startswith("polars") and type(tickets).__name__ == "LazyFrame":
        schema = run(tickets.collect_schema().to_frame()).schema
        return tickets.map_batches(
            run,
            predicate_pushdown=False,
            projection_pushdown=False,
            slice_pushdown=False,
            schema=schema,
        )
    return run(tickets)


_SHORTEST_EVENT = 4  # letters of a name that others may resemble
_MISSING_OF = {"flags": False, "texts": -1}  # `MISSING` in columns of other kinds


class EvaluateCall:
    """One call of `deadlines` or `evaluate`: the columns of the table, and the new ones."""

    def __init__(
        self,
        verb: _TableVerb,
        tickets: Any,
        columns: Mapping[str, str | None] | None,
        naive: str | None,
    ) -> None:
        self._policy, self._columns_of = verb.policy, verb.columns_of
        attributes, dates, events = self._columns_of(verb.policy)
        self._frame = Frame(tickets, columns, [CREATED, *attributes, *events], advise=verb.advise)
        self._known_events = events
        zone = verb.policy.matcher.zone
        unreadable: dict[str, dict[int, SlacalcError]] = {CREATED: {}}
        created, output_type = self._frame.instants(CREATED, naive, zone, unreadable[CREATED])
        self._created = np.asarray(created)
        versions = verb.policy.all_versions
        self._attributes = {
            name: encode(self._frame.column(name))
            for name in attributes
            if name in self._frame
            and not all(name in _dates_of(one) for one in versions if name in one.attributes)
        }
        self._output_type = cast("OutputType", output_type)  # since it is a column
        units: list[TimeUnit] = [self._output_type.unit]
        self._events: dict[str, Integers] = {}
        self._dates: dict[str, Integers] = {}
        for name in self._frame.present({**events, **dates}):
            of_event = unreadable.setdefault(name, {})
            values, event_type = self._frame.instants(name, naive, zone, of_event)
            (self._dates if name in dates else self._events)[name] = np.asarray(values)
            units += [event_type.unit] if event_type is not None else []
        self._refuse_misspelled()
        if verb.finest % SECOND or any(one.compiled(_needs_fractions) for one in versions):
            units.append("us")
        self._output_type = self._output_type._replace(unit=finest_unit(*units))
        self._errors = RowErrors(len(self._created))
        for name, row_errors in unreadable.items():
            for row, error in row_errors.items():
                error.where = self._frame.name(name)
                self._errors.add(np.array([row]), error)
        self._columns: dict[str, tuple[str, NDArray[Any]]] = {}
        self._texts: dict[str, list[str]] = {}

    def _refuse_misspelled(self) -> None:
        """Refuse a table that seems to have an attribute or an event under a misspelled name.

        It may have any other columns, and those that resemble one which it has as well.
        """
        renamed = self._frame.renamed
        in_use = {*self._attributes, *self._dates, *self._events, CREATED, *renamed.values()}
        others = {name: None for name in self._frame.names if name not in in_use}
        for version in self._policy.all_versions:
            present = {name for name in version.attributes if name in self._frame}
            version.matcher.names.refuse_misspelled(
                others | dict.fromkeys({*present, *renamed}, "")
            )
        events = [word for word in self._known_events if len(word) >= _SHORTEST_EVENT]
        self._frame.refuse_misspelled(events, in_use)

    # Reading -------------------------------------------------------------------------------------

    def batches(self) -> Iterator[VersionTickets]:
        """The rows with valid instants, by the version of the policy that applies to them."""
        self._check_instants()
        bad = self._errors.rows
        for version, rows in self._by_version(None if bad is None else np.flatnonzero(~bad)):
            created, events, attributes = self._created, self._events, self._attributes
            dates = self._dates
            if rows is not None:
                created = created[rows]
                dates = {name: column[rows] for name, column in dates.items()}
                events = {name: column[rows] for name, column in events.items()}
                attributes = {
                    name: EncodedColumn(column.codes[rows], column.values)
                    for name, column in attributes.items()
                }
            own = self._columns_of(version)
            yield VersionTickets(
                version.matcher,
                rows,
                created=created,
                attributes={
                    name: column
                    for name, column in attributes.items()
                    if name in own.attributes and name not in own.dates
                },
                dates={name: column for name, column in dates.items() if name in own.dates},
                events={name: column for name, column in events.items() if name in own.events},
                errors=self._errors,
            )

    def _check_instants(self) -> None:
        """Add errors for instants that are outside the years, and for missing receipts."""
        created = self._created
        if not len(created):
            return
        if int(created.min()) == MISSING:
            msg = f"{self._frame.name(CREATED)} is missing, so the ticket has no receipt"
            self._errors.add(np.flatnonzero(created == MISSING), InstantError(msg, given=None))
        for word, column in ((CREATED, created), *self._events.items(), *self._dates.items()):
            early = np.count_nonzero(column < EARLIEST)  # missing ones are among them
            missing = np.count_nonzero(column == MISSING) if early else 0
            if early > missing or int(column.max()) >= LATEST:
                outside = (column != MISSING) & ((column < EARLIEST) | (column >= LATEST))
                self._errors.add(np.flatnonzero(outside), self._horizon_error(word, column))

    def _horizon_error(self, word: str, column: Integers) -> Callable[[int], SlacalcError]:
        name = self._frame.name(word)
        return lambda row: horizon_error(f"{name} {np.datetime64(int(column[row]), 'us')}")

    def _by_version(self, rows: Any) -> Iterator[tuple[Policy, Any]]:
        """The versions of the policy with the rows of each; None: all rows."""
        policy = self._policy
        if not policy.has_terms:
            yield policy, rows
            return
        rows = np.arange(len(self._created)) if rows is None else rows
        if not len(rows):
            yield policy.all_versions[0], rows
            return
        created = self._created[rows]
        places, in_force = versions_of(policy, created)
        if not in_force.all():
            out = np.flatnonzero(~in_force)
            days = readings(policy.zone, created[out]) // DAY
            dates, codes = np.unique(days, return_inverse=True)
            for _, of_date in rows_by_code(codes, len(dates)):  # one error for each date
                error = self._not_in_force(int(created[out[of_date][0]]))
                self._errors.add(rows[out[of_date]], error)
        for place in np.unique(places[in_force]).tolist():
            yield policy.all_versions[place], rows[(places == place) & in_force]

    def _not_in_force(self, at: int) -> SlacalcError:
        try:
            self._policy.version_in_force(at)
        except SlacalcError as error:
            return error
        raise AssertionError(at)

    # Writing -------------------------------------------------------------------------------------

    def write(self, name: str, kind: str, values: NDArray[Any], batch: VersionTickets) -> None:
        """Write a batch's rows of a new column.

        Args:
            name: The name of the column.
            kind: ``"instants"``, ``"lengths"``, ``"flags"`` or ``"texts"``.
            values: The values of the batch's rows.
            batch: The batch.
        """
        if batch.rows is None:
            self._columns[name] = kind, values
            return
        if name not in self._columns:
            empty = np.full(len(self._created), _MISSING_OF.get(kind, MISSING), values.dtype)
            self._columns[name] = kind, empty
        self._columns[name][1][batch.rows] = values

    def write_texts(
        self, name: str, texts: Sequence[str], codes: NDArray[Any], batch: VersionTickets
    ) -> None:
        """Write a batch's rows of a new column of texts, by their codes."""
        known = self._texts.setdefault(name, [])
        known += [text for text in dict.fromkeys(texts) if text not in known]
        places = [known.index(text) for text in texts]
        if places != list(range(len(places))):
            codes = np.array([*places, -1], codes.dtype).take(codes, mode="wrap")
        self.write(name, "texts", codes, batch)

    def answer(self, errors: Errors) -> Any:
        """The table with the new columns."""
        if errors == "raise":
            self._errors.raise_first()
        bad, output_type = self._errors.rows, self._output_type
        new: dict[str, Any] = {}
        for name, (kind, values) in self._columns.items():
            if bad is not None:
                values[bad] = _MISSING_OF.get(kind, MISSING)
            if kind == "instants":
                new[name] = output_type.instants(values)
            elif kind == "lengths":
                new[name] = output_type.lengths(values)
            elif kind == "flags":
                new[name] = output_type.truths(values.view(np.int8))
            else:
                texts = self._texts[name]
                new[name] = decode(output_type, values, texts, is_open=texts != [*STATES])
        if errors == "column":
            new["error"] = decode(output_type, *self._errors.texts(), as_text=True)
        return self._frame.with_columns(new)


def _dates_of(version: Policy) -> frozenset[str]:
    """The attributes of a version of a policy that are instants."""
    attributes = version.attributes.items()
    return frozenset(name for name, attribute in attributes if attribute.kind == "instant")


def _needs_fractions(policy: Policy) -> bool:
    """Whether a target of a policy may not be a whole number of seconds."""
    units = {  # for each metric, what all products of its adjustments are multiples of
        name: SECOND
        * prod(Fraction(one.scale.get(name, 1)).denominator for one in policy.adjustments)
        for name in policy.metrics
    }
    lengths = (
        (length, units[name])
        for rows in policy.tables.values()
        for row in rows
        for name, target in row.targets.items()
        for length in (target.within, target.limit)
        if length is not None
    )
    parts = ((part, unit) for length, unit in lengths for part in length.parts)
    return any(part.unit in ("working time", "time") and part.count % unit for part, unit in parts)
