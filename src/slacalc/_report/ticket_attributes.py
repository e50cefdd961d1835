"""What tickets are: their attributes as a policy reads them, and when they were created.

A table of tickets may leave out what has a default or follows by a matrix, and the answer to a log
says nothing of its tickets at all. Both are filled in here, for reports to group by.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

from slacalc._bulk.evaluation import FIELDS
from slacalc._bulk.event_logs import TICKET, Answer, answer_table, read_log
from slacalc._bulk.groups import CodeCombiner
from slacalc._bulk.log_cycles import Openings
from slacalc._bulk.versions import versions_of
from slacalc._clock.events import CREATED
from slacalc._columns.categories import EncodedColumn, encode
from slacalc._columns.frames import Frame, take
from slacalc._columns.input import check_choice
from slacalc._report.counting import add_codes
from slacalc._time.instants import to_instant
from slacalc.errors import ReportError, SlacalcError, unknown_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from slacalc._columns.arithmetic import Integers
    from slacalc._columns.categories import Codes
    from slacalc._policy.policy import Policy

Which = Literal["last", "first"]


_OWN = {TICKET, "metric", "engine", "error", *FIELDS}


class Reading(NamedTuple):
    """How a table is read.

    Args:
        columns: Its names of columns that it calls otherwise.
        naive: The zone in which instants without one were read.
        which: Of a log, which value of an attribute counts.
        until: Of a log, up to when it counts.
    """

    columns: Mapping[str, str | None] | None = None
    naive: str | None = None
    which: Which = "last"
    until: int | None = None


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
    """An answer of `bulk` with what its tickets are, to group by.

    Args:
        answer: What `bulk.replay` gave, together with *events*; or a table of tickets, judged or
            not, where *events* is left out.
        policy: The policy that says what attributes there are.
        events: The log that was replayed.
        attributes: Which of them; left out, all.
        which: Which value counts where a log tells several: the ``"last"``, or the ``"first"``.
        as_of: Up to when the log counts; left out, all of it.
        columns: The names of columns that the log, or the table of tickets, calls otherwise.
        naive: The zone in which instants without one were read.

    Returns:
        The table with a column for each attribute, by its name, with defaults and derived values
        filled in; what the policy cannot read stays as it is given. For a log also ``created``,
        when the ticket came in. Columns that have these names already are replaced, but for those
        of `bulk.replay` itself.

    Raises:
        ReportError: The policy has no such attribute, or `bulk.replay` has a column of its name.
        ColumnError, NaiveDatetimeError: A column is not there, or holds what it should not.

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
    check_choice(which, "which", ("last", "first"))
    known = all_attributes(policy)
    asked = known if attributes is None else names_of(attributes)
    for name in asked:
        if name not in known:
            what, argument = "an attribute of the policy", "attributes"
            raise unknown_name(ReportError, what, name, known, where=argument, argument=argument)
    until = None if as_of is None else to_instant(as_of)
    reading = Reading(columns, naive, which, until)
    if events is None:
        return _of_tickets(answer, policy, asked, reading)
    sheet = Frame(answer)
    for name in [one for one in asked if one in _OWN]:
        if attributes is not None:
            msg = f"attributes: {name!r} is a column of the answer itself; leave it out"
            raise ReportError(msg, argument="attributes", given=name)
        asked.remove(name)
    whose = Frame(tickets_of(policy, events, asked, reading))
    rows = _places(sheet.column(TICKET), whose.column(TICKET))
    more = [CREATED, *asked]
    return sheet.with_columns(sheet.with_index({n: take(whose.column(n), rows) for n in more}))


def names_of(given: str | Iterable[str]) -> list[str]:
    """One name or several."""
    return [given] if isinstance(given, str) else list(given)


def all_attributes(policy: Policy) -> list[str]:
    """The attributes of a policy and its versions."""
    versions = policy.all_versions
    return list(dict.fromkeys(name for one in versions for name in one.attributes))


def _places(tickets: Any, known: Any) -> Codes:
    """Where each ticket stands among those that are known.

    Raises:
        ReportError: One is not known.
    """
    codes, values = encode(tickets)
    own, names = encode(known)
    place = {value: row for row, value in enumerate(names)}
    row_of = np.full(len(names) + 1, -1, np.intp)
    row_of[own] = np.arange(len(own))
    used = np.zeros(len(values) + 1, np.bool_)
    used[codes] = True
    found = np.full(len(values) + 1, -1, np.intp)
    for code, value in enumerate(values):
        if used[code]:
            if value not in place:
                msg = f"events: ticket {value!r} of the answer is not in the log"
                raise ReportError(msg, argument="events", given=value)
            found[code] = row_of[place[value]]
    answer: Codes = found[codes]
    return answer


def _of_tickets(tickets: Any, policy: Policy, asked: list[str], reading: Reading) -> Any:
    """A table of tickets with attributes."""
    known = [CREATED, *all_attributes(policy)]
    own = {word: name for word, name in (reading.columns or {}).items() if word in known}
    sheet = Frame(tickets, own, known)
    given = {name: encode(sheet.column(name)) for name in known[1:] if name in sheet}
    created: Integers | None = None
    if policy.versions:
        created = np.asarray(sheet.instants(CREATED, reading.naive, policy.matcher.zone).values)
    size = len(sheet.column(sheet.names[0])) if sheet.names else 0
    found = traits(policy, given, asked, created, size)
    make = sheet.like(sheet.names[0])
    return sheet.with_columns(
        sheet.with_index({name: make.new_values(*one) for name, one in found.items()})
    )


def tickets_of(policy: Policy, events: Any, asked: list[str], reading: Reading) -> Any:
    """The tickets of a log, as they are first met: ``ticket``, ``created`` and attributes."""
    known = {*all_attributes(policy)}
    named = {word: name for word, name in (reading.columns or {}).items() if name is not None}
    table, zone = Frame(events, named), policy.matcher.zone
    log = read_log(table, reading.naive, zone, lambda field: field in known)
    opened = Openings.of(log, None)
    size = len(log.begins) - 1
    counts = np.ones(len(log.at), np.bool_) if reading.until is None else log.at <= reading.until
    given: dict[str, EncodedColumn] = {}
    for name, (codes, values) in log.fields.items():
        said = (codes >= 0) & counts
        rows = np.flatnonzero(said)
        whose = np.searchsorted(log.begins, rows, "right") - 1
        told = np.full(size, -1, np.intp)
        if reading.which == "first":
            rows, whose = rows[::-1], whose[::-1]
        told[whose] = codes[rows]  # the last one that is written stays
        given[name] = EncodedColumn(told, values)
    base = answer_table(
        log,
        {
            TICKET: Answer("tickets", np.arange(size)),
            CREATED: Answer("instants", opened.at),
        },
    )
    found = traits(policy, given, asked, opened.at, size)
    sheet = Frame(base)
    make = sheet.like(TICKET)
    return sheet.with_columns({name: make.new_values(*one) for name, one in found.items()})


def traits(
    policy: Policy,
    given: Mapping[str, EncodedColumn],
    asked: Iterable[str],
    created: Integers | None,
    size: int,
) -> dict[str, EncodedColumn]:
    """Attributes of tickets as the policy reads them, as the version at the receipt does."""
    policies, version = [policy], np.zeros(size, np.intp)
    if policy.versions and created is not None:
        policies = list(policy.all_versions)
        version, _ = versions_of(policy, created)
    return {name: _trait(policies, version, name, given) for name in asked}


def _trait(
    policies: list[Policy], version: Codes, name: str, given: Mapping[str, EncodedColumn]
) -> EncodedColumn:
    """One attribute of tickets."""
    sources = [name]
    for policy in policies:
        if name in policy.attributes:
            sources += policy.attributes[name].by
    sources = [one for one in dict.fromkeys(sources) if one in given]
    radix = CodeCombiner(len(version))
    add_codes(radix, version, len(policies))
    for source in sources:
        add_codes(radix, given[source].codes, given[source].values)
    codes, any_row = radix.dense()
    values: list[Any] = []
    seen: dict[Any, int] = {}
    places = np.full(len(any_row) + 1, -1, np.intp)
    for group, row in enumerate(any_row.tolist()):
        ticket = {
            source: given[source].values[code]
            for source in sources
            if (code := int(given[source].codes[row])) >= 0
        }
        value = _read(policies[int(version[row])], name, ticket)
        if value is not None:
            key = (type(value), value)
            places[group] = seen.setdefault(key, len(values))
            if places[group] == len(values):
                values.append(value)
    return EncodedColumn(places[codes], values)


def _read(policy: Policy, name: str, ticket: Mapping[str, Any]) -> Any:
    """An attribute of one ticket; as it is given where the policy cannot read it."""
    try:
        known = {one: value for one, value in ticket.items() if one in policy.attributes}
        return policy.matcher.read(known).get(name)
    except SlacalcError:
        return ticket.get(name)
