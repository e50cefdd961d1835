"""Read the tables of customers and of events: whose contract lasts how long, and what happened.

Customers who are alike in the columns that matter are evaluated once. Events are sorted by customer
and instant, so that those of a customer between two instants are found by bisection.

Read next: `duty_evaluation`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime, time
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

import numpy as np

from slacalc._bulk.event_logs import AT, TYPE, codes_of
from slacalc._bulk.groups import CodeCombiner, RowErrors
from slacalc._clock.clauses import CompiledClause, text_of
from slacalc._columns.input import UNREADABLE, read_instant
from slacalc._columns.kernel import MISSING
from slacalc._contract.tables import UnknownName, frame_of
from slacalc._policy.attribute_tests import AnyOf, AttributeTest, NotAll, compile_when, leaves
from slacalc._policy.conditions import Clause, Condition
from slacalc._policy.coverage import read_bound, supported
from slacalc._policy.duty_dates import NO_ANCHOR
from slacalc._policy.tickets import MatchedTicket, Receipt
from slacalc._time.instants import EARLIEST, LATEST, horizon_error, to_utc
from slacalc._time.missing import is_missing
from slacalc.errors import (
    ColumnError,
    ReversedRangeError,
    SlacalcError,
    TicketError,
    unknown_column,
    unknown_name_message,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from slacalc._bulk.event_logs import CodedColumn
    from slacalc._clock.clauses import FieldText
    from slacalc._columns.arithmetic import Integers
    from slacalc._columns.frames import Frame
    from slacalc._policy.attribute_tests import When
    from slacalc._policy.policy import Policy
    from slacalc._time.instants import Zone

    Columns = Mapping[str, str | None]

_MOST_SUGGESTED = 100  # unknown names for which similar ones are looked for
CUSTOMER, FROM, UNTIL = "customer", "from", "until"


def read_tables(
    policy: Policy, customers: Any, events: Any, columns: Columns | None, naive: str | None
) -> tuple[Customers, CustomerEvents]:
    """Read a table of customers and a log of events.

    Args:
        policy: The policy.
        customers: The table of customers.
        events: The log.
        columns: The names of their columns where they differ, in either table.
        naive: The time zone of times without one.

    Raises:
        ColumnError, NaiveDatetimeError: One is not a table, or a column is missing or misspelled.
    """
    if columns is not None and not isinstance(columns, Mapping):
        msg = "columns is not a mapping from names that are read to those of columns"
        raise ColumnError(msg, column="columns", given=columns)
    attributes = dict.fromkeys(name for one in policy.all_versions for name in one.attributes)
    own = frame_of(customers, "customers", None, [CUSTOMER])
    log = frame_of(events, "events", None, [CUSTOMER, AT, TYPE])
    for word, name in (columns or {}).items():
        if name is not None and name not in (*own.names, *log.names):
            raise unknown_column(name, [*own.names, *log.names], where=f"columns.{word}")
    read = Customers(policy, _renamed(own, "customers", columns), attributes, naive)
    return read, CustomerEvents(_renamed(log, "events", columns), read, policy.zone, naive)


def _renamed(frame: Frame, what: str, columns: Columns | None) -> Frame:
    """A table under the names of *columns*, as far as it has them."""
    if not columns:
        return frame
    own = {w: n for w, n in columns.items() if n is None or n in frame.names}
    return frame_of(frame.native, what, own, own)


# Customers ----------------------------------------------------------------------------------------


class _NoReceipt(Receipt):
    """In place of the moment of a receipt: a customer has none."""

    def words(self, on: str) -> NoReturn:
        msg = "this depends on the moment of a request, which a customer does not have"
        raise TicketError(msg, attribute="received", given=on, suggestions=[])


class _MatchedCustomer(MatchedTicket):
    """A customer while conditions are evaluated."""

    subject = "the customer"


class Terms(NamedTuple):
    """The stretches of time for which contracts with customers last, sorted by customer.

    Args:
        customer: The place of the customer.
        begins: The instant at which it begins; `EARLIEST` if that is not known.
        ends: The instant at which it has ended.
        anchor: The ordinal of the day from which periods count; `NO_ANCHOR` if not known.
    """

    customer: Integers
    begins: Integers
    ends: Integers
    anchor: Integers

    def cover(self, customer: Integers, at: Integers) -> NDArray[np.bool_]:
        """Whether contracts with customers last at instants."""
        covered = np.zeros(len(customer), np.bool_)
        for number in range(int(np.bincount(self.customer).max(initial=0))):
            place = np.searchsorted(self.customer, customer) + number
            inside = np.flatnonzero(place < len(self.customer))
            place = place[inside]
            covered[inside] |= (
                (self.customer[place] == customer[inside])
                & (self.begins[place] <= at[inside])
                & (at[inside] < self.ends[place])
            )
        return covered


class Customers:
    """The customers of a table.

    Args:
        policy: The policy.
        frame: The table.
        attributes: The attributes of all its versions.
        naive: The time zone of times without one.

    Attributes:
        names: The names of the customers, in order.
        places: By name, the row.
        errors: The errors of rows.
    """

    def __init__(
        self, policy: Policy, frame: Frame, attributes: Iterable[str], naive: str | None
    ) -> None:
        self._frame, self._naive = frame, naive
        coded = codes_of(frame.column(CUSTOMER))
        self.errors = RowErrors(len(coded.rows))
        self.names = [coded.values[code] if code >= 0 else None for code in coded.rows.tolist()]
        self.places: dict[Any, int] = {}
        for row, name in enumerate(self.names):
            self._add(row, name)
        terms = [term for version in policy.all_versions for term in version.coverage]
        bounds = {name for term in terms for name in (term.from_, term.until)}
        read = [*attributes, *(name for name in bounds if isinstance(name, str))]
        self._columns: dict[str, CodedColumn] = {
            name: codes_of(frame.column(name)) for name in dict.fromkeys(read) if name in frame
        }
        frame.refuse_misspelled((FROM, UNTIL), {FROM, UNTIL, *self._columns})
        self._own_bounds = {
            name: codes_of(frame.column(name))
            for name in (FROM, UNTIL)
            if name in frame and name not in self._columns
        }

    def __len__(self) -> int:
        return len(self.names)

    def _add(self, row: int, name: Any) -> None:
        try:
            hash(name)
        except TypeError:
            name = None
        if name is None:
            msg = "the row names no customer"
        elif name in self.places:
            msg = f"the customer {name!r} is in row {self.places[name]} already"
        else:
            self.places[name] = row
            return
        self.errors.add(np.array([row]), ColumnError(msg, column=CUSTOMER, given=name, row=row))

    def meet(self, version: Policy, owners: Sequence[Any]) -> list[NDArray[np.bool_]]:
        """For each owner of a ``when``, such as a duty, which customers meet its conditions."""
        tests = {id(owner): compile_when(owner.when, version.attributes) for owner in owners}
        names = {test.name for compiled in tests.values() for test in leaves(compiled)}
        names |= {
            by for name in names & {*version.attributes} for by in version.attributes[name].by
        }
        self._frame.refuse_misspelled(names & {*version.attributes}, version.attributes)
        met: list[list[bool]] = []
        codes, samples = self._groups(self._columns[name] for name in names & {*self._columns})
        for group, row in enumerate(samples):
            met.append([False] * len(owners))
            try:
                fields = self._fields(row, names)
                values = version.matcher.read(fields)
                customer = self._matched(version, tests, values)
                met[-1] = [customer.meets(owner) for owner in owners]
            except SlacalcError as error:
                self.errors.add(np.flatnonzero(codes == group), error)
        table = np.array(met, np.bool_).reshape(len(samples), len(owners))
        return [table[codes, place] for place in range(len(owners))]

    def terms(self, version: Policy) -> Terms:
        """The contracts with the customers, by the coverage of a version and the table's columns.

        Stretches that overlap or touch are one. Where the beginning is not known, periods count
        from the first beginning that is.
        """
        tests = version.matcher.tests
        names = {test.name for term in version.coverage for test in leaves(tests[id(term)])}
        for term in version.coverage:
            names |= {name for name in (term.from_, term.until) if isinstance(name, str)}
        columns = [self._columns[name] for name in names & {*self._columns}]
        codes, samples = self._groups([*columns, *self._own_bounds.values()])
        by_group: list[list[tuple[int, int, int]]] = []
        for group, row in enumerate(samples):
            by_group.append([])
            try:
                by_group[-1] = self._terms_of(version, row, names)
            except SlacalcError as error:
                self.errors.add(np.flatnonzero(codes == group), error)
        rows = [
            (customer, *term)
            for customer, code in enumerate(codes.tolist())
            for term in by_group[code]
        ]
        return Terms(*np.array(rows, np.int64).reshape(-1, 4).T)

    def _terms_of(
        self, version: Policy, row: int, names: Collection[str]
    ) -> list[tuple[int, int, int]]:
        zone, fields = version.zone, self._fields(row, names)
        own_begin, own_end = self._own_span(row, zone)
        customer = self._matched(version, version.matcher.tests, version.matcher.read(fields))
        merged: list[list[int]] = []  # begin, end, and the first beginning that is known
        for first, last in sorted(version.matcher.contract.spans(fields, customer)):
            begin, end = max(first, own_begin), min(last, own_end)
            if begin >= end:
                continue
            known = begin if begin > EARLIEST else LATEST
            if merged and begin <= merged[-1][1]:
                merged[-1][1:] = max(end, merged[-1][1]), min(known, merged[-1][2])
            else:
                merged.append([begin, end, known])
        return [
            (begin, end, NO_ANCHOR if known == LATEST else zone.date(known).toordinal())
            for begin, end, known in merged
        ]

    def _own_span(self, row: int, zone: Zone) -> tuple[int, int]:
        """The contract that the columns ``from`` and ``until`` have for a customer."""
        first, last = (
            read_bound(name, self._value(self._own_bounds[name], row))
            if name in self._own_bounds
            else None
            for name in (FROM, UNTIL)
        )
        begins = EARLIEST if first is None else first
        if not isinstance(begins, int):
            begins = zone.midnight(supported(begins))
        ends = LATEST if last is None else last
        # The last day, or instant, is covered itself.
        if isinstance(ends, int):
            ends = min(ends + 1, LATEST)
        else:
            ends = zone.midnight(supported(date.fromordinal(supported(ends).toordinal() + 1)))
        if ends <= begins:
            start, end = zone.date(begins), zone.date(ends - 1)
            msg = f"the contract ends on {end}, before it begins on {start}"
            raise ReversedRangeError(msg, start=str(start), end=str(end))
        return begins, ends

    def _fields(self, row: int, names: Collection[str]) -> dict[str, Any]:
        """The attributes of a customer among *names*, as they are in the table."""
        return {
            name: self._value(column, row)
            for name, column in self._columns.items()
            if name in names and column.rows[row] >= 0
        }

    def _value(self, column: CodedColumn, row: int) -> Any:
        """A value of a column; a time without a zone is a date at midnight, or else read by one."""
        value = None if column.rows[row] < 0 else column.values[column.rows[row]]
        if isinstance(value, datetime) and value.tzinfo is None:
            if value.time() == time():
                return value.date()
            return to_utc(read_instant(value, CUSTOMER, self._naive))
        return value

    def _groups(self, columns: Iterable[CodedColumn]) -> tuple[NDArray[np.intp], list[int]]:
        """Customers who are alike in some columns: the group of each, and a row of each group."""
        combiner = CodeCombiner(len(self))
        for column in columns:
            count = len(column.values) + 1
            combiner.add(np.arange(count, dtype=np.intp), count, column.rows)
        codes, samples = combiner.dense()
        return codes, samples.tolist()

    @staticmethod
    def _matched(version: Policy, tests: Any, values: dict[str, Any]) -> _MatchedCustomer:
        matcher = version.matcher
        receipt = _NoReceipt(matcher.calendar, 0, matcher.cut_offs)
        return _MatchedCustomer(tests, version.attributes, values, receipt)


# Events -------------------------------------------------------------------------------------------


def _outside(at: Integers, row: int) -> SlacalcError:
    return horizon_error(str(np.datetime64(int(at[row]), "us")))


def _flags(when: When) -> set[str]:
    """The fields that conditions compare with true or false."""
    flags: set[str] = set()
    for name, test in when.items():
        if isinstance(test, AnyOf | NotAll):
            flags |= {each for branch in test.branches for each in _flags(branch)}
        elif isinstance(test, AttributeTest) and {"true", "false"} & {*map(text_of, test.values)}:
            flags.add(name)
    return flags


def _flag_text(text: FieldText) -> FieldText:
    """The text of a field that may be true or false; capitals do not count."""
    plain = text.strip().lower() if isinstance(text, str) else text
    return plain if plain in ("true", "false") else text


def _conditions_of(version: Policy) -> Iterator[Condition]:
    """The conditions on events of the duties and the penalties of a version of a policy."""
    for name, duty in version.duties.items():
        yield duty.done_by or Condition((Clause(name),))
        if duty.after is not None:
            yield duty.after
    for penalty in version.penalties.values():
        yield penalty.event


class _UnknownCustomer(NamedTuple):
    """Makes the error of each row that names an unknown customer.

    Args:
        named: The names.
        known: The names of customers, to look for similar ones.
        messages: The messages so far, by the places of the names.
    """

    named: CodedColumn
    known: Collection[Any]
    messages: dict[int, str]

    def error(self, row: int) -> ColumnError:
        """The error of a row."""
        code = int(self.named.rows[row])
        name = self.named.values[code]
        if code not in self.messages:
            self.messages[code], _ = unknown_name_message(
                "a customer of the table", name, self.known
            )
        return ColumnError(self.messages[code], column=CUSTOMER, given=name)


class CustomerEvents:
    """The valid events of a log, sorted by customer and instant.

    Args:
        frame: The log.
        customers: The customers.
        zone: The policy's zone.
        naive: The time zone of times without one.

    Attributes:
        at: The instants.
        customer: The places of the customers.
        rows: The rows of the log.
        keys: Their keys, in ascending order; see `key`.
        errors: The errors of its rows.
    """

    def __init__(self, frame: Frame, customers: Customers, zone: Zone, naive: str | None) -> None:
        self._frame = frame
        unreadable: dict[int, SlacalcError] = {}
        at = np.asarray(frame.instants(AT, naive, zone, unreadable).values)
        named, kinds = codes_of(frame.column(CUSTOMER)), codes_of(frame.column(TYPE))
        self.errors = RowErrors(len(at))
        for row, error in unreadable.items():
            self.errors.add(np.array([row]), error)
        self._refuse(at == MISSING, frame.name(AT), "the event has no time")
        outside = np.flatnonzero((at > UNREADABLE) & ((at < EARLIEST) | (at >= LATEST)))
        if len(outside):
            self.errors.add(outside, partial(_outside, at))
        self._refuse(named.rows < 0, frame.name(CUSTOMER), "the event names no customer")
        places = np.full(len(named.values) + 1, -1, np.int64)
        for code, name in enumerate(named.values):
            try:
                places[code] = customers.places.get(name, -1)
            except TypeError:  # it cannot be hashed, so it is none of them
                continue
        owner = places[named.rows]
        unknown = np.flatnonzero((owner < 0) & (named.rows >= 0))
        if len(unknown):
            is_few = len(set(named.rows[unknown].tolist())) <= _MOST_SUGGESTED
            known = [*customers.places] if is_few else []
            self.errors.add(unknown, _UnknownCustomer(named, known, {}).error)
        bad = self.errors.rows
        rows = np.arange(len(at)) if bad is None else np.flatnonzero(~bad)
        by_time = rows[np.argsort(at[rows], kind="stable")]
        self._times = times = at[by_time]
        is_first = np.ones(len(times), np.bool_)
        is_first[1:] = times[1:] != times[:-1]
        rank = np.maximum.accumulate(np.where(is_first, np.arange(len(times)), 0))
        # Few customers are sorted in linear time.
        kind_of_code = np.uint16 if len(customers) < 1 << 16 else np.int64
        order = np.argsort(owner[by_time].astype(kind_of_code), kind="stable")
        self.rows = by_time[order]
        self.at, self.customer = at[self.rows], owner[self.rows]
        self.keys = self.key(self.customer, rank[order])
        self._kinds = kinds
        self._fields: dict[str, CodedColumn] = {}

    def _refuse(self, bad: NDArray[np.bool_], column: str, message: str) -> None:
        if bad.any():
            error = ColumnError(message, column=column, given=None)
            self.errors.add(np.flatnonzero(bad), error)

    def rank(self, at: Integers) -> Integers:
        """How many events, of any customer, are before instants."""
        return np.searchsorted(self._times, at)

    def key(self, customer: Integers, rank: Integers) -> Integers:
        """Numbers in the order of customers and instants, from the `rank` of the instants."""
        key: Integers = customer * (len(self._times) + 1) + rank
        return key

    def field(self, name: str) -> CodedColumn:
        """A field of the events, encoded; none has one that the log lacks."""
        if name not in self._fields:
            coded = codes_of(self._frame.column(name))
            self._fields[name] = coded._replace(rows=coded.rows[self.rows])
        return self._fields[name]

    def unknown_types(self, policy: Policy, since: int, until: int) -> tuple[UnknownName, ...]:
        """The types of events between two instants that no duty and no penalty has.

        Args:
            policy: The policy.
            since: The first instant.
            until: The last one.
        """
        clauses = [
            clause
            for version in policy.all_versions
            for condition in _conditions_of(version)
            for clause in condition.clauses
        ]
        if not clauses or not all(clause.event for clause in clauses):
            return ()  # events of any type may count
        known = dict.fromkeys(clause.event for clause in clauses)
        rows = self._kinds.rows[self.rows[(since <= self.at) & (self.at <= until)]]
        numbers = np.bincount(rows[rows >= 0], minlength=len(self._kinds.values)).tolist()
        counts: Counter[str] = Counter()
        for value, number in zip(self._kinds.values, numbers, strict=True):
            if number and text_of(value) not in known:
                counts[str(text_of(value))] += number
        similar = known if len(counts) <= _MOST_SUGGESTED else ()
        return tuple(UnknownName.of("event", name, counts[name], similar) for name in counts)

    def meeting(self, condition: Condition, until: int) -> Integers:
        """The places of the events up to an instant that meet a condition."""
        met = np.zeros(len(self.at), np.bool_)
        for clause in condition.clauses:
            met |= self._meets(CompiledClause.of(clause, ""))
        return np.flatnonzero(met & (self.at <= until))

    def _meets(self, clause: CompiledClause) -> NDArray[np.bool_]:
        met = np.ones(len(self.at), np.bool_)
        if clause.event:
            values = self._kinds.values
            named = [text_of(value) == clause.event for value in values]
            met = np.array([*named, False], np.bool_)[self._kinds.rows[self.rows]]
        if not clause.names:
            return met
        self._frame.refuse_misspelled(clause.names, (CUSTOMER, AT, TYPE))
        places = np.flatnonzero(met)
        columns = {name: self.field(name) for name in clause.names if name in self._frame}
        combiner = CodeCombiner(len(places))
        for column in columns.values():
            count = len(column.values) + 1
            combiner.add(np.arange(count, dtype=np.intp), count, column.rows[places])
        codes, samples = combiner.dense()
        holds, flags = [], _flags(clause.clause.fields)
        for place in places[samples].tolist():
            own = {
                name: column.values[column.rows[place]]
                for name, column in columns.items()
                if column.rows[place] >= 0
            }
            texts = {name: text_of(value) for name, value in own.items() if not is_missing(value)}
            for name in flags & texts.keys():
                texts[name] = _flag_text(texts[name])
            holds.append(clause.holds(texts))
        met[places] = np.array(holds, np.bool_)[codes] if len(places) else False
        return met
