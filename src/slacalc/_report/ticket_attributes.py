"""Attributes of tickets as a policy reads them, and when the tickets were created.

A table of tickets may omit what has a default or follows from a matrix, and the answer for a log
says nothing about its tickets. `with_attributes` adds both, for reports to group by;
`read_attributes` reads columns of any origin, given as codes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

from slacalc._bulk.evaluation import FIELDS
from slacalc._bulk.event_logs import TICKET, Answer, answer_table, is_name, read_log
from slacalc._bulk.groups import CodeCombiner
from slacalc._bulk.log_cycles import Openings
from slacalc._bulk.versions import versions_of
from slacalc._clock.events import CREATED
from slacalc._columns.categories import EncodedColumn, encode
from slacalc._columns.frames import Frame, take
from slacalc._columns.input import check_choice, read_names
from slacalc._columns.kernel import MISSING
from slacalc._policy.policy import check_policy
from slacalc._report.counting import add_codes
from slacalc._time.instants import EARLIEST, LATEST, to_instant
from slacalc.errors import ReportError, SlacalcError, unknown_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from slacalc._columns.arithmetic import Integers
    from slacalc._columns.categories import Codes
    from slacalc._policy.policy import Policy

Which = Literal["last", "first"]

_OWN = {TICKET, "metric", "engine", "error", *FIELDS}  # columns of `bulk.replay` itself


class ReadOptions(NamedTuple):
    """How a table is read.

    Args:
        columns: The names of columns that the table calls differently, by the policy's words.
        naive: The zone of instants that have none.
        which: For a log, which value of an attribute counts.
        until: For a log, the last instant that counts, in UTC microseconds; None for all.
        numbers: For tickets without names, the numbers of their rows in a file. None: from 0 on.
    """

    columns: Mapping[str, str | None] | None = None
    naive: str | None = None
    which: Which = "last"
    until: int | None = None
    numbers: Integers | None = None


def with_attributes(
    answer: Any,
    policy: Policy,
    events: Any = None,
    *,
    attributes: str | Iterable[str] | None = None,
    which: Which = "last",
    as_of: datetime | str | None = None,
    columns: Mapping[str, str | None] | None = None,
    naive: str | None = None,
) -> Any:
    """Add the attributes of tickets to an answer of `bulk`, to group by.

    Args:
        answer: What `bulk.replay` returned, together with *events*; or a table of tickets,
            evaluated or not, without *events*.
        policy: The policy that has the attributes.
        events: The log that was replayed.
        attributes: The attributes to add. Default: all.
        which: Which value counts if a log has several: the ``"last"`` or the ``"first"``.
        as_of: The last instant of the log that counts. Default: all of it.
        columns: The names of columns that the log, or the table of tickets, calls differently.
        naive: The zone of instants that have none.

    Returns:
        The table with a column for each attribute, by its name, with defaults and derived values
        filled in; a value that the policy cannot read stays as it is. For a log also ``created``,
        the receipt of the ticket. Existing columns of these names are replaced, except those of
        `bulk.replay` itself.

    Raises:
        ReportError: The policy has no such attribute, or `bulk.replay` has a column of its name.
        ColumnError, NaiveDatetimeError: A column is missing, or its content is invalid.

    Example:
        >>> from slacalc import bulk, presets, report
        >>> policy = presets.load("itil-standard")
        >>> log = {
        ...     "ticket": [1, 2, 1],
        ...     "at": ["2026-03-02T10:00Z", "2026-03-02T10:00Z", "2026-03-02T10:30Z"],
        ...     "type": ["created", "created", "resolved"],
        ...     "impact": ["high", "low", None],
        ...     "urgency": ["high", "low", None],
        ... }
        >>> answer = bulk.replay(policy, log, "2026-03-03T00:00Z")
        >>> answer = report.with_attributes(answer, policy, log, attributes="priority")
        >>> answer["ticket"], answer["priority"]
        ([1, 1, 2, 2], [1, 1, 5, 5])
    """
    check_policy(policy)
    check_choice(which, "which", ("last", "first"))
    known = all_attributes(policy)
    names = known if attributes is None else read_names(attributes, "attributes")
    for name in names:
        if name not in known:
            what, argument = "an attribute of the policy", "attributes"
            raise unknown_name(ReportError, what, name, known, where=argument, argument=argument)
    until = None if as_of is None else to_instant(as_of)
    options = ReadOptions(columns, naive, which, until)
    if events is None:
        return _with_own_attributes(answer, policy, names, options)
    if attributes is None:
        names = [name for name in names if name not in _OWN]
    for name in names:
        if name in _OWN:
            msg = f"attributes: {name!r} is a column of the answer itself; leave it out"
            raise ReportError(msg, argument="attributes", given=name)
    frame = Frame(answer)
    tickets = Frame(tickets_of(policy, events, names, options))
    rows = _rows_of_tickets(frame.column(TICKET), tickets.column(TICKET))
    more = {name: take(tickets.column(name), rows) for name in [CREATED, *names]}
    return frame.with_columns(frame.with_index(more))


def all_attributes(policy: Policy) -> list[str]:
    """The attributes of a policy and its versions, in order."""
    versions = policy.all_versions
    return list(dict.fromkeys(name for version in versions for name in version.attributes))


def _rows_of_tickets(tickets: Any, known: Any) -> Codes:
    """The row of each ticket in a column of known tickets.

    Raises:
        ReportError: A ticket is not known.
    """
    codes, values = encode(tickets)
    known_codes, known_values = encode(known)
    row_of_code = np.full(len(known_values) + 1, -1, np.intp)
    row_of_code[known_codes] = np.arange(len(known_codes))
    # All tickets without a name are alike: nothing is known of them.
    known_rows = {
        value if is_name(value) else None: row
        for value, row in zip([*known_values, None], row_of_code.tolist(), strict=True)
        if row >= 0  # a categorical column may have values that do not occur
    }
    is_used = np.zeros(len(values) + 1, np.bool_)
    is_used[codes] = True
    rows = np.full(len(values) + 1, -1, np.intp)
    for code, value in enumerate([*values, None]):
        if is_used[code]:
            row = known_rows.get(value if is_name(value) else None)
            if row is None:
                msg = f"events: ticket {value!r} of the answer is not in the log"
                raise ReportError(msg, argument="events", given=value)
            rows[code] = row
    row_of_ticket: Codes = rows[codes]
    return row_of_ticket


def _with_own_attributes(table: Any, policy: Policy, names: list[str], options: ReadOptions) -> Any:
    """A table of tickets with attributes read from its own columns."""
    words = [CREATED, *all_attributes(policy)]
    own = {word: name for word, name in (options.columns or {}).items() if word in words}
    frame = Frame(table, own, words)
    columns = {name: encode(frame.column(name)) for name in words[1:] if name in frame}
    created: Integers | None = None
    if policy.versions:
        created = np.asarray(frame.instants(CREATED, options.naive, policy.matcher.zone).values)
    size = len(frame.column(frame.names[0])) if frame.names else 0
    attributes = read_attributes(policy, columns, names, created, size)
    make = frame.like(frame.names[0])
    more = {name: make.new_values(*column) for name, column in attributes.items()}
    return frame.with_columns(frame.with_index(more))


def tickets_of(policy: Policy, events: Any, names: list[str], options: ReadOptions) -> Any:
    """The tickets of a log in order of appearance: ``ticket``, ``created`` and attributes."""
    known = {*all_attributes(policy)}
    named = {word: name for word, name in (options.columns or {}).items() if name is not None}
    table, zone = Frame(events, named), policy.matcher.zone
    log = read_log(table, options.naive, zone, lambda field: field in known)
    opened = Openings.of(log, None).at
    created = np.where((opened < EARLIEST) | (opened >= LATEST), MISSING, opened)
    size = len(log.begins) - 1
    counts = np.ones(len(log.at), np.bool_) if options.until is None else log.at <= options.until
    if log.nameless:  # nobody knows whose attributes they are
        places = np.arange(len(counts)) if log.places is None else log.places
        counts &= ~np.isin(places, log.nameless)
    columns: dict[str, EncodedColumn] = {}
    for name, (codes, values) in log.fields.items():
        rows = np.flatnonzero((codes >= 0) & counts)
        tickets = np.searchsorted(log.begins, rows, "right") - 1
        if options.which == "first":
            rows, tickets = rows[::-1], tickets[::-1]
        of_ticket = np.full(size, -1, np.intp)
        of_ticket[tickets] = codes[rows]  # the last of several values for one ticket stays
        columns[name] = EncodedColumn(of_ticket, values)
    base = answer_table(
        log, {TICKET: Answer("tickets", np.arange(size)), CREATED: Answer("instants", created)}
    )
    attributes = read_attributes(policy, columns, names, created, size)
    frame = Frame(base)
    make = frame.like(TICKET)
    return frame.with_columns(
        {name: make.new_values(*column) for name, column in attributes.items()}
    )


def read_attributes(
    policy: Policy,
    columns: Mapping[str, EncodedColumn],
    names: Iterable[str],
    created: Integers | None,
    size: int,
) -> dict[str, EncodedColumn]:
    """Read attributes of tickets as the version of the policy at their receipt does.

    Args:
        policy: The policy.
        columns: The columns that there are, by names of attributes.
        names: The attributes to read.
        created: The receipt of each ticket in UTC microseconds; `MISSING`, or None for all, if it
            is unknown: the first version counts.
        size: The number of tickets.

    Returns:
        The attributes, with defaults and derived values; what the policy cannot read as it is.
    """
    versions, version = [policy], np.zeros(size, np.intp)
    if policy.versions and created is not None:
        versions = list(policy.all_versions)
        version, _ = versions_of(policy, created)
    return {name: _read_attribute(versions, version, name, columns) for name in names}


def _read_attribute(
    versions: list[Policy], version: Codes, name: str, columns: Mapping[str, EncodedColumn]
) -> EncodedColumn:
    """Read an attribute once for each combination of the values that it depends on."""
    sources = [name]
    for policy in versions:
        if name in policy.attributes:
            sources += policy.attributes[name].by
    sources = [source for source in dict.fromkeys(sources) if source in columns]
    combiner = CodeCombiner(len(version))
    add_codes(combiner, version, len(versions))
    for source in sources:
        add_codes(combiner, columns[source].codes, columns[source].values)
    codes, any_row = combiner.dense()
    values: list[Any] = []
    places: dict[Any, int] = {}
    place_of_code = np.full(len(any_row) + 1, -1, np.intp)
    for code, row in enumerate(any_row.tolist()):
        ticket = {
            source: columns[source].values[value_code]
            for source in sources
            if (value_code := int(columns[source].codes[row])) >= 0
        }
        policy = versions[int(version[row])]
        try:
            known = {key: value for key, value in ticket.items() if key in policy.attributes}
            value = policy.matcher.read(known).get(name)
        except SlacalcError:
            value = ticket.get(name)
        if value is not None:
            place = places.setdefault((type(value), value), len(values))  # 1 is not True
            place_of_code[code] = place
            if place == len(values):
                values.append(value)
    return EncodedColumn(place_of_code[codes], values)
