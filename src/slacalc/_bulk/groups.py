"""Group the tickets that a policy treats alike, and match one ticket of each group.

A group has the same values of all attributes that a condition tests, the same receipt (what the
calendars say of that day, and whether they were open), and the same position between the dates of
the contract. Values that no condition distinguishes count as one. `CodeCombiner` combines the codes
of these properties into one code per row; then one ticket of each group is matched.

`RowErrors` collects what is wrong with rows. Read next: `ticket_deadlines`.
"""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import numpy as np

from slacalc._calendar.compilation import zone_of
from slacalc._clock.clauses import FieldSet, text_of
from slacalc._columns.arithmetic import Arrays
from slacalc._columns.kernel import BEYOND, MISSING
from slacalc._columns.zones import readings
from slacalc._policy.attributes import key_of_value, value_text
from slacalc._policy.coverage import NOT_COVERED
from slacalc._policy.deadlines import NOTHING
from slacalc._policy.receipts import DAY_KINDS
from slacalc._policy.value_sets import NumberSet, read_number
from slacalc._threads import Lock
from slacalc._time.instants import DAY, to_utc
from slacalc.errors import SlacalcError

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from slacalc._calendar.calendar import Calendar
    from slacalc._clock.clauses import FieldText
    from slacalc._columns.arithmetic import Integers
    from slacalc._columns.categories import Codes, EncodedColumn
    from slacalc._policy.attributes import Attribute, Value
    from slacalc._policy.data import PolicyData
    from slacalc._policy.matching import MatchedRow, Matcher
    from slacalc._policy.receipts import CutOffs
    from slacalc._policy.tickets import MatchedTicket
    from slacalc._policy.value_sets import Number

_LARGEST_TABLE = 1 << 20  # combined codes up to which a look-up table is used
_MANY_NUMBERS = 1_000  # that are compared with bounds as an array
_WIDEST_EXACT = 1 << 53  # from here on not all whole numbers are floats
_MOST_KNOWN = 20_000  # groups, and what distinguishes them, before the next call begins anew
_MOST_ENGINES = 8  # of a version, for tables with different columns
_FEW = 12  # with at most this many codes, one scan per code


class RowErrors:
    """The errors of rows: for each row the first one.

    Args:
        count: The number of rows.
    """

    def __init__(self, count: int) -> None:
        self._count = count
        self._causes: list[SlacalcError | Callable[[int], SlacalcError]] = []
        self._codes: Codes | None = None

    def add(self, rows: Any, cause: SlacalcError | Callable[[int], SlacalcError]) -> None:
        """Add an error for some rows, or a function that makes the error of each."""
        if self._codes is None:
            self._codes = np.full(self._count, -1, np.intp)
        new = rows[self._codes[rows] < 0]
        if len(new):
            self._codes[new] = len(self._causes)
            self._causes.append(cause)

    @property
    def rows(self) -> NDArray[np.bool_] | None:
        """Whether each row has an error; None: none has."""
        return None if self._codes is None else self._codes >= 0

    def texts(self) -> tuple[Codes, list[str]]:
        """The errors as codes and distinct texts; the code -1: no error."""
        texts: dict[str, int] = {}
        codes = np.full(self._count, -1, np.intp)
        if self._codes is None:
            return codes, []
        for code, rows in rows_by_code(self._codes, len(self._causes)):
            cause = self._causes[code]
            if isinstance(cause, SlacalcError):
                codes[rows] = texts.setdefault(str(cause), len(texts))
                continue
            for row in as_indices(rows, self._count).tolist():
                codes[row] = texts.setdefault(str(cause(row)), len(texts))
        return codes, list(texts)

    def raise_first(self) -> None:
        """Raise the error of the first row that has one."""
        if self._codes is None:
            return
        bad = np.flatnonzero(self._codes >= 0)
        row = int(bad[0])
        cause = self._causes[int(self._codes[row])]
        error = cause if isinstance(cause, SlacalcError) else cause(row)
        more = f" (and {len(bad) - 1:,} more)" if len(bad) > 1 else ""
        error.where = f"row {row}{more}" + (f".{error.where}" if error.where else "")
        error.__dict__["row"] = row
        raise error


class GroupResult(NamedTuple):
    """What a policy says about the tickets of a group.

    Args:
        fields: Their attributes as text, with defaults and derived ones.
        promises: By metric, the number of what is promised to them: see `KnownGroups`.
        receipt_calendars: By metric, the calendars by which conditions up to it tested the
            receipt.
    """

    fields: Mapping[str, FieldText]
    promises: tuple[int, ...]
    receipt_calendars: tuple[tuple[str, ...], ...]


class PromiseKey(NamedTuple):
    """What is promised to some tickets for a metric.

    Args:
        rows: The matched rows, in the order of the tables.
        covered: Whether the contract covers the tickets.
    """

    rows: tuple[MatchedRow, ...]
    covered: bool

    @property
    def key(self) -> Any:
        """Equal keys have the same due dates, or the same reason for none."""
        figures = tuple(
            (row.target.within, row.target.limit, row.target.calendar, row.target.roll)
            for row in self.rows
            if row.target.within is not None
        )
        promises = () if figures else tuple(row.target.promise for row in self.rows)
        return self.covered, figures, promises

    @property
    def reason(self) -> str:
        """Why there is no due date; empty string if there is one."""
        if not self.covered:
            return NOT_COVERED
        if any(row.target.within is not None for row in self.rows):
            return ""
        return "; ".join(dict.fromkeys(row.target.promise for row in self.rows)) or NOTHING


class TicketGroups(NamedTuple):
    """Tickets by group.

    Args:
        codes: For each ticket the index of its group.
        results: For each group what the policy says; None: its tickets are invalid.
    """

    codes: Codes
    results: list[GroupResult | None]

    def promises(self, metric: int) -> Codes:
        """For each group the number of what is promised to it; -1: its tickets are invalid."""
        numbers = [-1 if result is None else result.promises[metric] for result in self.results]
        return np.array(numbers, np.min_scalar_type(~max([0, *numbers])))


class KnownGroups:
    """The groups that earlier calls have matched, kept with a version of a policy.

    Attributes:
        results: What the policy says of a group, by the numbers of all that distinguishes it.
        promises: By metric, all that is promised to some group, by its number.
    """

    def __init__(self, metrics: int) -> None:
        self.promises: list[list[PromiseKey]] = [[] for _ in range(metrics)]
        self.results: dict[tuple[Any, ...], GroupResult] = {}
        self._numbers: dict[Any, int] = {}
        self._next = itertools.count(1)
        self._promise_numbers: dict[Any, int] = {}
        self._lock = Lock()  # since calls in several threads use it

    def number(self, name: str, key: Any) -> int:
        """The number of what distinguishes tickets in an attribute, or in their receipt."""
        known = self._numbers.get((name, key))
        return self._numbers.setdefault((name, key), next(self._next)) if known is None else known

    def promise(self, metric: int, rows: tuple[MatchedRow, ...], *, covered: bool) -> int:
        """The number of all promises of a metric with the same due dates."""
        promise, known = PromiseKey(rows, covered), self.promises[metric]
        with self._lock:
            number = self._promise_numbers.setdefault((metric, promise.key), len(known))
            if number == len(known):
                known.append(promise)
        return number

    @property
    def is_full(self) -> bool:
        """Whether so much is known that beginning anew is worth more than what it is."""
        return len(self.results) + len(self._numbers) > _MOST_KNOWN


class TicketEngine:
    """What calls of a verb have found out about a version of a policy, kept with it for the next.

    Args:
        matcher: The matcher of the version.
        columns: The columns of events that a table has.

    Attributes:
        groups: The groups of tickets.
    """

    def __init__(self, matcher: Matcher, columns: Sequence[str]) -> None:
        self._matcher, self._columns = matcher, tuple(columns)
        self.groups = KnownGroups(len(matcher.policy.metrics))

    @classmethod
    def of(cls, matcher: Matcher, columns: tuple[str, ...]) -> Self:
        """The engine of a version for tables with some columns of events."""
        kept: dict[tuple[str, ...], Self] = matcher.policy.compiled(cls._kept)
        engine = kept.get(columns)
        if engine is None or engine.is_full:  # the second after a call that failed
            if len(kept) >= _MOST_ENGINES:
                kept.clear()
            engine = kept[columns] = cls(matcher, columns)
        return engine

    @classmethod
    def _kept(cls, _: PolicyData) -> dict[tuple[str, ...], Self]:
        return {}

    def release(self) -> None:
        """Forget it at the end of a call if it is full, as after a table of many groups."""
        kept = self._matcher.policy.compiled(self._kept)
        if self.is_full and kept.get(self._columns) is self:
            del kept[self._columns]

    @property
    def is_full(self) -> bool:
        """Whether the next call begins anew."""
        return self.groups.is_full


class TicketGrouper:
    """Groups the tickets of one version of a policy.

    Args:
        matcher: The matcher of the version.
        attributes: The columns of its attributes, by name.
        dates: The columns of attributes that are instants.
        created: The receipt of each ticket.
        sets: By attribute, further sets of values that groups are to distinguish, although no row
            tests for them, as `ColumnMachine.field_sets` returns them.
        for_clock: Whether the tickets are matched as a clock does it, which ignores refusals of
            tickets that are not covered.
        known: The groups of earlier calls with the same version, *sets* and *for_clock*.
    """

    def __init__(
        self,
        matcher: Matcher,
        attributes: Mapping[str, EncodedColumn],
        created: Integers,
        *,
        dates: Mapping[str, Integers],
        sets: Mapping[str, Sequence[Container[Any]]],
        for_clock: bool,
        known: KnownGroups,
    ) -> None:
        self.matcher, self._attributes, self._created = matcher, attributes, created
        self._dates = dates
        self._sets, self._for_clock, self._known = sets, for_clock, known
        self._combiner = CodeCombiner(len(created))
        self._digits: list[tuple[Codes, NDArray[Any]]] = []
        self._matched: dict[Any, Any] = {}

    def group(self, errors: RowErrors, table_rows: Callable[[Any], Any]) -> TicketGroups:
        """Group the tickets, and match one of each group.

        Args:
            errors: Collects the errors of invalid tickets.
            table_rows: From positions among these tickets to rows of the table.
        """
        self._distinguish()
        codes, samples = self._combiner.dense()
        known = self._known.results
        results: list[GroupResult | None] = []
        refused: dict[int, SlacalcError] = {}
        for group, (row, key) in enumerate(zip(samples.tolist(), self._keys(samples), strict=True)):
            result = known.get(key)
            if result is None:
                try:
                    result = known[key] = self._match(row)
                except SlacalcError as error:
                    refused[group] = error
            results.append(result)
        if refused:
            for group, rows in rows_by_code(codes, len(samples)):
                if group in refused:
                    errors.add(table_rows(as_indices(rows, len(codes))), refused[group])
        return TicketGroups(codes, results)

    def _distinguish(self) -> None:
        """Find out what distinguishes the tickets."""
        for name, attribute in self.matcher.policy.attributes.items():
            column = self._attributes.get(name)
            if column is not None:
                self._add_attribute(name, attribute, column)
        for dates in self._dates.values():
            self._add_codes((dates == MISSING).view(np.uint8), 2)
        for calendar in self.matcher.receipt_calendars:
            self._add_receipt(calendar)
        self._add_contract_period()

    def _keys(self, samples: Codes) -> Iterator[tuple[Any, ...]]:
        """What distinguishes the groups of some rows, as numbers that all calls use."""
        names = (*self._attributes, *self._dates)
        digits = (numbers.take(codes[samples], mode="wrap") for numbers, codes in self._digits)
        parts = (one.tolist() for one in digits)
        return zip(itertools.repeat(names, len(samples)), *parts, strict=True)

    # What distinguishes groups -------------------------------------------------------------------

    def _add_codes(self, codes: NDArray[Any], count: int) -> None:
        """Distinguish tickets by codes that mean the same in every call."""
        self._add(np.arange(count), count, np.arange(count), codes)

    def _add(self, classes: Codes, count: int, numbers: Codes, codes: NDArray[Any]) -> None:
        """Distinguish tickets, as `CodeCombiner.add` does.

        Args:
            classes, count, codes: As there.
            numbers: Of each code, the number of its class that all calls use.
        """
        self._combiner.add(classes, count, codes)
        self._digits.append((numbers, codes))

    def _add_attribute(self, name: str, attribute: Attribute, column: EncodedColumn) -> None:
        """Distinguish the values of an attribute, as far as the policy does."""
        distinguished, sets = self._distinguished(name), self._sets_of(name)
        seen: dict[int, int] = {}
        classes = np.zeros(len(column.values) + 1, np.intp)
        numbers = np.zeros(len(column.values) + 1, np.intp)
        values = column.values
        is_open = distinguished is not None and not distinguished
        places = number_classes(attribute, values, sets) if is_open else None
        if places is not None:  # then one number of each class is enough
            codes, firsts = places
            values = [values[place] for place in firsts]
        for place, raw in enumerate(values):
            try:
                value = attribute.read(name, raw)
            except SlacalcError:
                number = -1 - place  # each has an error of its own
            else:
                key: Any = key_of_value(value)
                if distinguished is not None and value_text(value) not in distinguished:
                    key = "another", *(self._is_in(value, values) for values in sets)
                number = self._known.number(name, key)
            numbers[place] = number
            classes[place] = seen.setdefault(number, len(seen))
        if places is not None:
            classes[:-1] = classes[: len(values)][codes]
            numbers[:-1] = numbers[: len(values)][codes]
        classes[-1] = len(seen)  # missing values, which have the code -1
        self._add(classes, len(seen) + 1, numbers, column.codes)

    def _distinguished(self, name: str) -> frozenset[str] | None:
        """The values of an attribute that some condition distinguishes, as text; None: all."""
        policy = self.matcher.policy
        bounds = {bound for term in policy.coverage for bound in (term.from_, term.until)}
        if name in bounds or any(name in other.by for other in policy.attributes.values()):
            return None
        chosen = [one for one in self.matcher.calendar_choices if one.field == name]
        if not all(choice.default for choice in chosen):
            return None  # an error names the value for which there is no calendar
        passing = {
            value_text(value)
            for test in self.matcher.tests_by_name.get(name, ())
            if isinstance(test.passing, frozenset)
            for _, value in test.passing
        }
        passing.update(value for choice in chosen for value in choice.names)
        return frozenset(passing).union(
            *(values for values in self._sets.get(name, ()) if isinstance(values, frozenset))
        )

    def _sets_of(self, name: str) -> list[Container[Any]]:
        """The sets of values of an attribute that conditions name by ranges, patterns or tags."""
        tests = self.matcher.tests_by_name.get(name, ())
        every = [*(test.passing for test in tests), *self._sets.get(name, ())]
        return [values for values in every if not isinstance(values, frozenset)]

    @staticmethod
    def _is_in(value: Value, values: Container[Any]) -> bool:
        """Whether a value is in a set of a row's condition, or of one of a clock."""
        is_of_clock = isinstance(values, FieldSet)
        return (text_of(value) if is_of_clock else key_of_value(value)) in values

    def _add_receipt(self, name: str) -> None:
        """Distinguish what a calendar says of the receipt."""
        calendar, created = self.matcher.calendar(name), self._created
        if not len(created):
            return
        days = readings(zone_of(calendar), created) // DAY
        days -= days.min()
        kinds = np.zeros(int(days.max()) + 1, np.intp)
        numbers = np.zeros(len(kinds), np.intp)
        rows = np.full(len(kinds), -1, np.intp)
        rows[days] = np.arange(len(days))
        seen: dict[Any, int] = {}
        for day in np.flatnonzero(rows >= 0).tolist():
            words = self.matcher.receipt(int(created[rows[day]])).words(name)
            kind = words.intersection(DAY_KINDS)
            kinds[day] = seen.setdefault(kind, len(seen))
            numbers[day] = self._known.number(name, kind)
        self._add(kinds, max(len(seen), 1), numbers, days)
        self._add_codes(Arrays(calendar.timeline).is_open(created).view(np.uint8), 2)
        self._add_codes(*cut_off_codes(self.matcher.cut_offs, calendar, created))

    def _add_contract_period(self) -> None:
        """Distinguish between which dates of the contract the receipt lies."""
        policy, created = self.matcher.policy, self._created
        bounds = [
            bound
            for term in policy.coverage
            for bound in (term.from_, term.until)
            if bound is not None
        ]
        if not bounds:
            return
        names = [name for name in bounds if isinstance(name, str) and name in self._attributes]
        periods = np.zeros(len(created), np.intp)
        if not names:
            periods[:] = np.searchsorted(self._contract_dates({}), created, "right")
        else:
            # The dates are attributes: each combination of them has periods of its own.
            own = CodeCombiner(len(created))
            for name in dict.fromkeys(names):
                column = self._attributes[name]
                count = len(column.values) + 1
                own.add(np.arange(count, dtype=np.intp), count, column.codes)
            codes, samples = own.dense()
            order = np.argsort(codes, kind="stable")
            ends = np.searchsorted(codes[order], np.arange(len(samples)), "right")
            begins = 0
            for row, end in zip(samples.tolist(), ends.tolist(), strict=True):
                rows = order[begins:end]
                dates = self._contract_dates(self.ticket(row))
                periods[rows] = np.searchsorted(dates, created[rows], "right")
                begins = end
        self._add_codes(periods, int(periods.max(initial=0)) + 1)

    def _contract_dates(self, ticket: Mapping[str, Any]) -> Integers:
        """The instants at which coverage may begin or end; none if they cannot be read."""
        try:
            return np.array(sorted(self.matcher.contract.cuts(ticket)), np.int64)
        except (SlacalcError, ValueError, OverflowError):
            return np.empty(0, np.int64)

    # Matching ------------------------------------------------------------------------------------

    def ticket(self, row: int) -> dict[str, Any]:
        """The attributes of a ticket as they are in the table."""
        ticket = {
            name: column.values[column.codes[row]]
            for name, column in self._attributes.items()
            if column.codes[row] >= 0
        }
        dates = ((name, int(column[row])) for name, column in self._dates.items())
        return ticket | {name: to_utc(at).isoformat() for name, at in dates if at != MISSING}

    def _match(self, row: int) -> GroupResult:
        """What the policy says about a ticket, in the order of `Matcher.deadlines`."""
        matcher, raw = self.matcher, self.ticket(row)
        values = matcher.read(raw)
        ticket = matcher.ticket(values, matcher.receipt(int(self._created[row])))
        fields = {name: text_of(value) for name, value in values.items()}
        if not self._for_clock:
            matcher.refuse(ticket)
        covered, _ = matcher.contract.check(raw, ticket)
        if not covered:
            count = len(matcher.policy.metrics)
            none = (self._known.promise(place, (), covered=False) for place in range(count))
            return GroupResult(fields, tuple(none), ((),) * count)
        rows, calendars = self._matched_rows(ticket, values)
        promises = (
            self._known.promise(place, of_metric, covered=True)
            for place, of_metric in enumerate(rows)
        )
        return GroupResult(fields, tuple(promises), calendars)

    def _matched_rows(self, ticket: MatchedTicket, values: Mapping[str, Value]) -> Any:
        """By metric, the matched rows and the calendars that have tested the receipt by then."""
        matcher = self.matcher
        receipt = matcher.receipt(ticket.receipt.instant)
        # Groups may differ in values that only coverage tests, which rows do not depend on.
        key = (
            tuple(receipt.words(name) for name in matcher.receipt_calendars),
            tuple(
                (name, matcher.key_of(name, value))
                for name, value in values.items()
                if name in matcher.tested_attributes
            ),
            tuple(ticket.receipt.calendars),
            tuple(name in values for name in self._dates),
        )
        if key not in self._matched:
            if self._for_clock:
                matcher.refuse(ticket)
            rows, calendars = [], []
            for metric in matcher.policy.metrics:
                rows.append(tuple(matcher.matched_rows(metric, ticket, with_dates=False)))
                calendars.append(tuple(ticket.receipt.calendars))
            self._matched[key] = tuple(rows), tuple(calendars)
        return self._matched[key]


def cut_off_codes(
    cut_offs: CutOffs, calendar: Calendar, instants: Integers
) -> tuple[Integers, int]:
    """For each receipt a code of its weekday and cut-offs, and the number of codes."""
    if not cut_offs:
        return np.zeros(len(instants), np.int64), 1
    counted = Arrays(calendar.timeline).next_open(instants)
    counted = np.where(counted == BEYOND, instants, counted)
    days, times = np.divmod(readings(zone_of(calendar), counted), DAY)
    codes = np.searchsorted(np.array(cut_offs.times, np.int64), times, "right")
    count = len(cut_offs.times) + 1
    if cut_offs.weekdays:
        codes += days % 7 * count
        count *= 7
    return codes, count


def number_classes(
    attribute: Attribute | None, values: Sequence[Any], sets: Iterable[Container[Any]]
) -> tuple[Codes, list[int]] | None:
    """Classes of numbers that lie alike to the bounds of ranges; None: look at each of them.

    Args:
        attribute: The attribute.
        values: The numbers.
        sets: The sets of values in which conditions look for them.

    Returns:
        For each number its class, and the place of a number of each class.
    """
    if attribute is None or attribute.kind != "number" or len(values) < _MANY_NUMBERS:
        return None
    kinds = set(map(type, values))
    numbers = np.asarray(values) if kinds <= {int, float} else np.empty(0, object)
    if numbers.dtype.kind not in "if" or not np.isfinite(numbers).all():
        return None
    if len(kinds) > 1 and np.abs(numbers).max() >= _WIDEST_EXACT:
        return None
    ranges = [
        each
        for one in sets
        for inner in ([inner for _, inner in one.members] if isinstance(one, FieldSet) else [one])
        if isinstance(inner, NumberSet)
        for each in inner.ranges
    ]
    bounds = sorted({bound for each in ranges for bound in each[:2] if bound is not None})
    codes = np.zeros(len(numbers), np.intp)
    for bound in bounds:
        codes += _compare(np.greater, numbers, bound)
        codes += _compare(np.greater_equal, numbers, bound)
    _, firsts, codes = np.unique(codes, return_index=True, return_inverse=True)
    return codes, firsts.tolist()


def _compare(compare: Any, numbers: NDArray[Any], bound: Number) -> NDArray[np.bool_]:
    """Compare numbers with a bound exactly; a float is the shortest decimal that is read as it."""
    result: NDArray[np.bool_]
    if numbers.dtype.kind == "f":
        near = float(bound)
        shown = read_number(near)
        if shown is not None and shown != bound:  # no float shows the bound itself
            compare = np.greater_equal if shown > bound else np.greater
        result = compare(numbers, near)
        return result
    whole = math.floor(bound) if compare is np.greater else math.ceil(bound)
    limits = np.iinfo(numbers.dtype)
    if not limits.min < whole < limits.max:
        return np.full(len(numbers), whole < 0)
    result = compare(numbers, whole)
    return result


class CodeCombiner:
    """Combines several codes of each row into one, like the digits of a number.

    Args:
        count: The number of rows.
    """

    def __init__(self, count: int) -> None:
        self._codes: NDArray[Any] = np.zeros(count, np.int32)
        self._size = 1

    def add(self, classes: Codes, count: int, codes: NDArray[Any]) -> None:
        """Add a digit.

        Args:
            classes: The class of each code; the last one is that of the code -1.
            count: The number of classes.
            codes: The code of each row.
        """
        if count < 2:
            return
        if self._size * count > _LARGEST_TABLE:
            self._codes, samples = self.dense()
            self._codes = self._codes.astype(np.int32)
            self._size = max(len(samples), 1)
        dtype = np.int32 if self._size * count < np.iinfo(np.int32).max else np.int64
        digits = (classes * self._size).astype(dtype)
        combined = digits.take(codes, mode="wrap")
        self._codes = np.add(self._codes, combined, out=combined)
        self._size *= count

    def dense(self) -> tuple[Codes, Codes]:
        """The combined codes, from 0 on without gaps, and a row with each."""
        count = len(self._codes)
        if self._size > max(_LARGEST_TABLE, count):
            _, samples, codes = np.unique(self._codes, return_index=True, return_inverse=True)
            return codes, samples
        samples = np.full(self._size, -1, np.intp)
        samples[self._codes] = np.arange(count)
        used = np.flatnonzero(samples >= 0)
        if len(used) == self._size:
            return self._codes.astype(np.intp), samples
        places = np.zeros(self._size, np.intp)
        places[used] = np.arange(len(used))
        return places.take(self._codes), samples[used]


def rows_by_code(codes: NDArray[Any], count: int) -> Iterator[tuple[int, Any]]:
    """Each code from 0 on that occurs, with its rows; a slice if these are all rows."""
    if count > _FEW:
        order = np.argsort(codes, kind="stable")
        ends = np.searchsorted(codes[order], np.arange(count), "right").tolist()
        begins = int(np.searchsorted(codes[order], 0, "left"))  # after those with the code -1
        for code, end in enumerate(ends):
            if end > begins:
                yield code, order[begins:end]
            begins = end
        return
    yield from rows_with(codes, range(count))


def rows_with(codes: NDArray[Any], known: Sequence[int]) -> Iterator[tuple[int, Any]]:
    """Those of some codes that occur, with their rows; a slice if these are all rows."""
    for code in known:
        rows = np.flatnonzero(codes == code)
        if len(rows) == len(codes):
            yield code, slice(None)
        elif len(rows):
            yield code, rows


def as_indices(rows: Any, count: int) -> Codes:
    """Rows as an array of indices; a slice stands for all *count* rows."""
    indices: Codes = np.arange(count) if isinstance(rows, slice) else rows
    return indices
