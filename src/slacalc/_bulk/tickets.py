"""A policy over a table of tickets: deadlines and states, one row a ticket.

The table comes in as its library has it and goes out with more columns. In between are arrays of
integers: instants, and the codes of attributes; `_batches` works on those, one version of the
policy at a time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple, cast

import numpy as np

from slacalc._bulk.event_orders import START, ColumnMachine
from slacalc._bulk.groups import RowErrors, rows_by_code
from slacalc._bulk.ticket_deadlines import TicketBatch, due_columns
from slacalc._bulk.ticket_states import StateEvaluator
from slacalc._bulk.versions import versions_of
from slacalc._clock.events import CREATED
from slacalc._clock.states import STATES
from slacalc._columns.categories import EncodedColumn, decode, encode
from slacalc._columns.frames import Frame
from slacalc._columns.input import check_choice, read_instant
from slacalc._columns.kernel import MISSING
from slacalc._columns.output import finest_unit
from slacalc._columns.zones import readings
from slacalc._time.instants import (
    DAY,
    EARLIEST,
    LATEST,
    SECOND,
    horizon_error,
)
from slacalc.errors import InstantError, SlacalcError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime

    from numpy.typing import NDArray

    from slacalc._columns.arithmetic import Integers
    from slacalc._columns.output import OutputType, TimeUnit
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
        policy: The policy; with versions, the one in force at each receipt counts.
        tickets: A table of n tickets: a data frame of pandas or Polars (lazy ones too), a table of
            PyArrow, or a mapping of names to columns. It has a column ``created``, the instants of
            receipt; one for each attribute; and for each event at which a metric starts, or by
            which it is reset, one of its name, of instants that may be missing. A column such as
            ``"resolution.start"`` tells when a metric started whose condition is no mere event.
        columns: The table's names of columns that it calls otherwise: ``{"created":
            "opened_at"}``; None for what it has not, whatever a column of that name holds.
        naive: The zone in which instants without one were read, such as ``"Europe/Berlin"``.
        errors: What to do with bad tickets: ``"raise"`` the error of the first one, or tell each
            in a ``"column"`` named ``error``, which is missing where all is well; the other
            columns are, too, in those rows.

    Returns:
        The table with more columns, for each metric: ``<metric>_due`` and ``<metric>_limit``,
        instants in the zone of ``created``; ``<metric>_provisional``, whether holidays matter that
        are not published yet; ``<metric>_reason``, why there is no due, and missing where there is
        one. Columns that have these names already are replaced.

    Raises:
        ColumnError, NaiveDatetimeError: A column is not there, or holds what it should not.
        TicketError: An attribute, or a value, is not legal, or the policy refuses a ticket.
        PolicyError: No version of the policy is in force at a receipt.
        HorizonError, NeverOpen: A ticket has no answer within the supported years.

    Example:
        >>> import numpy as np
        >>> from slacalc import bulk, presets
        >>> policy = presets.load("kingdee-diexun")
        >>> tickets = {
        ...     "created": np.array(["2024-09-13T08:00", "2024-09-13T08:00"], "datetime64[s]"),
        ...     "channel": ["on-site", "hotline"],
        ...     "tier": ["gold", None],
        ... }
        >>> dues = bulk.deadlines(policy, tickets)
        >>> print(dues["arrival_due"], dues["response_reason"])
        ['2024-09-14T08:00:00'                 'NaT'] [None 'served in working hours']
    """

    def work(ask: EvaluateCall, batch: TicketBatch) -> None:
        for name, answer in due_columns(batch):
            ask.write(f"{name}_due", "instants", answer.due, batch)
            ask.write(f"{name}_limit", "instants", answer.limit, batch)
            ask.write(f"{name}_provisional", "flags", answer.provisional, batch)
            ask.write_words(f"{name}_reason", answer.reasons, answer.reason, batch)

    return _over(_TableVerb(policy, _starting, work, SECOND), tickets, (columns, naive, errors))


def evaluate(
    policy: Policy,
    tickets: Any,
    as_of: datetime | str,
    *,
    columns: Mapping[str, str | None] | None = None,
    naive: str | None = None,
    errors: Errors = "raise",
) -> Any:
    """Where each metric of each ticket stands at an instant: `Clock.status` over a table.

    Args:
        policy: The policy; with versions, the one in force at each receipt counts.
        tickets: A table of n tickets, as for `deadlines`; for each event of which a metric takes
            note, such as the one that stops it, it may have a column of its name. What is later
            than *as_of* has not happened yet. Of a condition that asks for fields as well, a
            column such as ``"resolution.stop"`` tells when that metric stopped. Events bear no
            fields, and of the ticket only attributes are read: what else a table holds is how
            things are today, and not how they were at the receipt.
        as_of: The instant.
        columns: As for `deadlines`.
        naive: As for `deadlines`.
        errors: As for `deadlines`.

    Returns:
        The table with more columns, for each metric: ``<metric>_due``, ``<metric>_limit`` and
        ``<metric>_breached_at``, instants in the zone of ``created``; ``<metric>_elapsed`` and
        ``<metric>_remaining``, durations in the time of the target; ``<metric>_state``, a category;
        ``<metric>_provisional``. Of several cycles it is the present one. A ticket that came in
        after *as_of* is ``not started``, and nothing else is said of it.

    Raises:
        ColumnError, NaiveDatetimeError, TicketError, PolicyError, HorizonError, NeverOpen: As for
            `deadlines`.
        LateEventError: An event came before its ticket.

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
        >>> told = bulk.evaluate(policy, tickets, "2024-09-14T12:00:00+08:00")
        >>> print(told["arrival_state"], told["arrival_elapsed"])
        ['met' 'running'] [10800 18000]
    """
    at = read_instant(as_of, "as_of", naive)

    def work(ask: EvaluateCall, batch: TicketBatch) -> None:
        for name, answer in StateEvaluator(batch, at).answers():
            for part in ("due", "limit", "breached_at"):
                ask.write(f"{name}_{part}", "instants", answer[part], batch)
            for part in ("elapsed", "remaining"):
                ask.write(f"{name}_{part}", "lengths", answer[part], batch)
            ask.write_words(f"{name}_state", STATES, answer["state"], batch)
            ask.write(f"{name}_provisional", "flags", answer["provisional"], batch)

    return _over(_TableVerb(policy, _heard, work, at), tickets, (columns, naive, errors))


def _starting(policy: Policy) -> list[str]:
    """The columns that tell when a metric starts."""
    events = policy.start_events - {CREATED, *policy.metrics}
    return [*events, *(name + START for name in policy.metrics)]


def _heard(policy: Policy) -> list[str]:
    """The columns of events of which a metric takes note."""
    return ColumnMachine.event_columns(policy.matcher)


class TicketColumns(NamedTuple):
    """What a table of tickets may have columns for, beside ``created``.

    Args:
        attributes: The attributes of all versions of a policy.
        events: The events.
    """

    attributes: dict[str, None]
    events: dict[str, None]

    @classmethod
    def of(cls, policy: Policy, *, is_judged: bool) -> TicketColumns:
        """The words of `evaluate`, or of `deadlines`."""
        versions = policy.all_versions
        return cls._of(versions, _heard if is_judged else _starting)

    @classmethod
    def _of(
        cls, versions: tuple[Policy, ...], known: Callable[[Policy], list[str]]
    ) -> TicketColumns:
        attributes = dict.fromkeys(name for one in versions for name in one.attributes)
        events = (name for one in versions for name in known(one))
        return cls(attributes, dict.fromkeys(name for name in events if name not in attributes))


class _TableVerb(NamedTuple):
    """What is asked about a table.

    Args:
        policy: The policy.
        known: The columns of events that a version of it asks for.
        work: Works out the tickets of one version.
        finest: An instant that the answers may have to do with.
    """

    policy: Policy
    known: Callable[[Policy], list[str]]
    work: Callable[[EvaluateCall, TicketBatch], None]
    finest: int


def _over(
    question: _TableVerb,
    tickets: Any,
    options: tuple[Mapping[str, str | None] | None, str | None, Errors],
) -> Any:
    """Ask for a table; a lazy one of Polars gives a lazy answer."""
    columns, naive, errors = options
    check_choice(errors, "errors", ("raise", "column"))

    def answered(table: Any) -> Any:
        ask = EvaluateCall(question, table, columns, naive)
        for batch in ask.batches():
            question.work(ask, batch)
        return ask.answer(errors)

    if type(tickets).__module__.startswith("polars") and type(tickets).__name__ == "LazyFrame":
        schema = answered(tickets.collect_schema().to_frame()).schema
        return tickets.map_batches(
            answered,
            predicate_pushdown=False,
            projection_pushdown=False,
            slice_pushdown=False,
            schema=schema,
        )
    return answered(tickets)


class EvaluateCall:
    """One question about a table: its columns, and those of the answer."""

    def __init__(
        self,
        question: _TableVerb,
        tickets: Any,
        columns: Mapping[str, str | None] | None,
        naive: str | None,
    ) -> None:
        self._policy = policy = question.policy
        self._versions = policy.all_versions
        self._known = known = question.known
        attributes, events = TicketColumns._of(self._versions, known)
        self._sheet = Frame(tickets, columns, [CREATED, *attributes, *events])
        zone = policy.matcher.zone
        created = self._sheet.instants(CREATED, naive, zone)
        self._created = np.asarray(created.values)
        self._like = cast("OutputType", created.output_type)  # since it is a column
        self._attributes: dict[str, EncodedColumn] = {
            name: encode(self._sheet.column(name)) for name in attributes if name in self._sheet
        }
        self._refuse_misspelled(attributes)
        units: list[TimeUnit] = [self._like.unit]
        self._events: dict[str, Integers] = {}
        for name in self._sheet.present(events):
            values, like = self._sheet.instants(name, naive, zone)
            self._events[name] = np.asarray(values)
            units += [like.unit] if like is not None else []
        if question.finest % SECOND or any(map(_needs_fractions, self._versions)):
            units.append("us")
        self._like = self._like._replace(unit=finest_unit(*units))
        self._mistakes = RowErrors(len(self._created))
        self._columns: dict[str, tuple[str, NDArray[Any]]] = {}
        self._words: dict[str, list[str]] = {}

    def _refuse_misspelled(self, attributes: Mapping[str, None]) -> None:
        """Refuse a table that seems to bear an attribute under another name."""
        others = {name: None for name in self._sheet.names if name not in attributes}
        for version in self._versions:
            for name, attribute in version.attributes.items():
                if name not in self._sheet and attribute.default is None:
                    version.matcher.refuse_misspelled(name, others)

    # Reading -------------------------------------------------------------------------------------

    def batches(self) -> Iterator[TicketBatch]:
        """The rows that can be read, by the version of the policy that holds for them."""
        self._check_instants()
        bad = self._mistakes.rows
        rows = None if bad is None else np.flatnonzero(~bad)
        for version, some in self._by_version(rows):
            created, events, attributes = self._created, self._events, self._attributes
            if some is not None:
                created = created[some]
                events = {name: column[some] for name, column in events.items()}
                attributes = {
                    name: EncodedColumn(one.codes[some], one.values)
                    for name, one in attributes.items()
                }
            names = {*version.attributes}
            heard = {*self._known(version)}
            yield TicketBatch(
                version.matcher,
                some,
                created=created,
                attributes={name: one for name, one in attributes.items() if name in names},
                events={name: one for name, one in events.items() if name in heard},
                mistakes=self._mistakes,
            )

    def _check_instants(self) -> None:
        """Note the rows whose instants are missing or outside the supported years."""
        created = self._created
        if not len(created):
            return
        name = self._sheet.name(CREATED)
        if int(created.min()) == MISSING:
            msg = f"{name} is missing, so nobody knows when the ticket came in"
            self._mistakes.add(np.flatnonzero(created == MISSING), InstantError(msg, given=None))
        for word, column in ((CREATED, created), *self._events.items()):
            low = np.count_nonzero(column < EARLIEST)
            missing = np.count_nonzero(column == MISSING) if low else 0
            if low > missing or int(column.max()) >= LATEST:
                outside = (column != MISSING) & ((column < EARLIEST) | (column >= LATEST))
                self._mistakes.add(np.flatnonzero(outside), self._outside(word, column))

    def _outside(self, word: str, column: Integers) -> Callable[[int], SlacalcError]:
        name = self._sheet.name(word)
        return lambda row: horizon_error(f"{name} {np.datetime64(int(column[row]), 'us')}")

    def _by_version(self, rows: Any) -> Iterator[tuple[Policy, Any]]:
        """The versions of the policy, and the rows of each; None for all."""
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
            for _, those in rows_by_code(codes, len(dates)):  # one error for each date
                error = self._not_in_force(int(created[out[those][0]]))
                self._mistakes.add(rows[out[those]], error)
        for place in np.unique(places[in_force]).tolist():
            yield policy.all_versions[place], rows[(places == place) & in_force]

    def _not_in_force(self, at: int) -> SlacalcError:
        try:
            self._policy.version_in_force(at)
        except SlacalcError as error:
            return error
        raise AssertionError(at)

    # Answering -----------------------------------------------------------------------------------

    def write(self, name: str, kind: str, values: NDArray[Any], batch: TicketBatch) -> None:
        """Put a batch's part of a column into the answer."""
        if batch.rows is None:
            self._columns[name] = kind, values
            return
        if name not in self._columns:
            nothing = {"flags": False, "words": -1}.get(kind, MISSING)
            self._columns[name] = kind, np.full(len(self._created), nothing, values.dtype)
        self._columns[name][1][batch.rows] = values

    def write_words(self, name: str, words: Any, codes: NDArray[Any], batch: TicketBatch) -> None:
        """Put a batch's part of a column of words into the answer."""
        known = self._words.setdefault(name, [])
        places = []
        for word in words:
            if word not in known:
                known.append(word)
            places.append(known.index(word))
        if places != list(range(len(places))):
            codes = np.array([*places, -1], codes.dtype).take(codes, mode="wrap")
        self.write(name, "words", codes, batch)

    def answer(self, errors: Errors) -> Any:
        """The table with the columns of the answer."""
        if errors == "raise":
            self._mistakes.refuse()
        bad = self._mistakes.rows
        more: dict[str, Any] = {}
        for name, (kind, values) in self._columns.items():
            if bad is not None:
                values[bad] = {"flags": False, "words": -1}.get(kind, MISSING)
            if kind == "instants":
                more[name] = self._like.instants(values)
            elif kind == "lengths":
                more[name] = self._like.lengths(values)
            elif kind == "flags":
                more[name] = self._like.truths(values.view(np.int8))
            else:
                words = self._words[name]
                more[name] = decode(self._like, values, words, is_open=words != [*STATES])
        if errors == "column":
            more["error"] = decode(self._like, *self._mistakes.texts(), as_text=True)
        return self._sheet.with_columns(more)


def _needs_fractions(policy: Policy) -> bool:
    """Whether a promise of a policy may need parts of a second."""
    lengths = (
        length
        for rows in policy.tables.values()
        for row in rows
        for target in row.targets.values()
        for length in (target.within, target.limit)
        if length is not None
    )
    parts = (part for length in lengths for part in length.parts)
    return any(one.unit in ("working time", "time") and one.count % SECOND for one in parts)
